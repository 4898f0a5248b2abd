//! `POST /v1/pets/{id}/images/uploads`: a request that puts an image to S3, for what the gateway cannot carry.
//!
//! Nothing is stored for it. Who never uses it, or never says so afterwards, leaves nothing behind but an object that
//! S3 forgets after a day.

use std::collections::BTreeMap;

use blob::{Promise, Upload};
use domain::caller::Permission;
use domain::id::{PetId, UploadId};
use domain::time::SECOND_MS;
use domain::{Error, FieldError, Result};
use platform::clock;
use serde::{Deserialize, Serialize};
use web::{Answer, Request};

use crate::App;
use crate::picture::{IMAGE_BYTES_MAX, Kind};

/// How long the request is good for.
const GOOD_FOR_SECS: u32 = 900;

/// What is to be put.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    content_type: String,
    content_length: u32,
    sha256: String,
}

/// How to put it, and where to say so afterwards.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    upload_id: UploadId,
    method: &'static str,
    url: String,
    headers: BTreeMap<String, String>,
    expires_at: String,
}

pub(crate) async fn promise(app: &App, request: &Request) -> Result<Answer> {
    request.caller.require(Permission::WritePets)?;
    let pet = request.id("id", PetId::parse)?;
    let promise = request.json::<Body>()?.parse()?;
    let scope = request.caller.scope;
    let pet = app.store.pet_fetch(scope, pet).await?.ok_or(Error::NotFound("pet"))?;
    pet.require_room()?;
    let upload = Upload { scope, pet: pet.id, id: UploadId::new(clock::fresh_id()) };
    let signed = app.blobs.upload_promise(&upload, &promise, GOOD_FOR_SECS).await?;
    let view = View {
        upload_id: upload.id,
        method: "PUT",
        url: signed.url,
        headers: signed.headers.into_iter().collect(),
        expires_at: request.now.plus_ms(i64::from(GOOD_FOR_SECS) * SECOND_MS).to_rfc3339(),
    };
    Ok(Answer::created(format!("/v1/pets/{}/images/uploads/{}", pet.id, upload.id), view))
}

impl Body {
    fn parse(&self) -> Result<Promise> {
        let mut errors = Vec::new();
        let mut breach = |field, code, message: String| errors.push(FieldError::new(field, code, message));
        let media = Kind::of_media(&self.content_type).map(Kind::media);
        if media.is_none() {
            breach("contentType", "invalid_value", "Must be image/jpeg, image/png or image/webp.".to_owned());
        }
        if self.content_length == 0 || self.content_length as usize > IMAGE_BYTES_MAX {
            breach("contentLength", "out_of_range", format!("Must be 1 to {IMAGE_BYTES_MAX}."));
        }
        let mut sha256 = [0; 32];
        if hex::decode_to_slice(&self.sha256, &mut sha256).is_err() {
            breach("sha256", "invalid_format", "Must be 64 hexadecimal digits.".to_owned());
        }
        match media {
            Some(media) if errors.is_empty() => Ok(Promise { bytes: self.content_length, sha256, media }),
            _ => Err(Error::Invalid(errors)),
        }
    }
}
