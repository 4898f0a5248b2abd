//! `POST /v1/pets/{id}/images/uploads`: a request that puts an image to S3, for what the gateway cannot carry.
//!
//! Nothing is stored for it. Who never uses it, or never says so afterwards, leaves nothing behind but an object that
//! S3 forgets after a day.

use std::collections::BTreeMap;

use blob::{Promise, Upload};
use domain::caller::Permission;
use domain::id::{PetId, UploadId};
use domain::time::SECOND_MS;
use domain::{Error, FieldError, Result, required};
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
    content_type: Option<String>,
    content_length: Option<u32>,
    sha256: Option<String>,
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
    let promise = request.json(Body::parse)?;
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
    fn parse(self) -> Result<Promise> {
        let mut errors = Vec::new();
        let media = required("contentType", self.content_type, &mut errors).and_then(|media| {
            let kind = Kind::of_media(&media).map(Kind::media);
            kind.or_else(|| {
                let message = "Must be image/jpeg, image/png or image/webp.";
                refuse(&mut errors, "contentType", "invalid_value", message)
            })
        });
        let bytes = required("contentLength", self.content_length, &mut errors).and_then(|bytes| {
            let is_fit = bytes > 0 && bytes as usize <= IMAGE_BYTES_MAX;
            is_fit.then_some(bytes).or_else(|| {
                let message = format!("Must be 1 to {IMAGE_BYTES_MAX}.");
                refuse(&mut errors, "contentLength", "out_of_range", &message)
            })
        });
        let sha256 = required("sha256", self.sha256, &mut errors).and_then(|text| {
            let mut sha256 = [0; 32];
            hex::decode_to_slice(text, &mut sha256)
                .ok()
                .map(|()| sha256)
                .or_else(|| refuse(&mut errors, "sha256", "invalid_format", "Must be 64 hexadecimal digits."))
        });
        match (media, bytes, sha256) {
            (Some(media), Some(bytes), Some(sha256)) => Ok(Promise { bytes, sha256, media }),
            _ => Err(Error::Invalid(errors)),
        }
    }
}

fn refuse<T>(errors: &mut Vec<FieldError>, field: &str, code: &'static str, message: &str) -> Option<T> {
    errors.push(FieldError::new(field, code, message));
    None
}
