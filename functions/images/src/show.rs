//! `GET /v1/photos/{pool}/{id}/{name}`: a photo, for whoever has its address.
//!
//! Browsers follow the address without a header of ours, so it says itself in which pool the photo is. It is served as
//! long as its pet names it, which is read each time; the bytes never change, so a client may keep them for ever.

use blob::Fetched;
use domain::photo::Photo;
use domain::{Error, Result, Scope};
use web::{Answer, BINARY_BYTES_MAX, Request};

use crate::App;
use crate::picture::Kind;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// How long a link to S3 is good for, and for how much of that somebody may keep it.
const LINK_SECS: u32 = 900;
const LINK_KEPT: &str = "public, max-age=600";

pub(crate) async fn show(app: &App, request: &Request) -> Result<Answer> {
    const GONE: Error = Error::NotFound("photo");
    let photo = ["pool", "id", "name"].map(|name| request.param(name)).join("/");
    let photo = Photo::parse(&photo).ok_or(GONE)?;
    if photo.scope == Scope::Shared && !app.edge.settings().shared_pool {
        return Err(GONE);
    }
    let pet = app.store.pet_fetch(photo.scope, photo.pet).await?.ok_or(GONE)?;
    if !pet.own_photos().any(|own| own == photo) {
        return Err(GONE);
    }
    let tag = photo.name.to_string();
    if request.has_already(&tag) {
        return Ok(kept_for_ever(Answer::not_modified(), &tag));
    }
    match app.blobs.photo_fetch(&photo, BINARY_BYTES_MAX).await?.ok_or(GONE)? {
        Fetched::Whole { media, bytes } => {
            let kind = Kind::of_media(&media).ok_or(Error::fault("a photo of no known kind"))?;
            Ok(kept_for_ever(Answer::bytes(kind.media(), bytes), &tag))
        }
        Fetched::TooLarge => {
            let link = app.blobs.photo_link(&photo, LINK_SECS).await?;
            Ok(Answer::elsewhere(link).header("cache-control", LINK_KEPT))
        }
    }
}

/// Nothing that a photo may hide is run by whoever opens it by itself.
fn kept_for_ever(answer: Answer, tag: &str) -> Answer {
    answer
        .etag(tag)
        .header("cache-control", FOR_EVER)
        .header("content-security-policy", "default-src 'none'; sandbox")
        .header("cross-origin-resource-policy", "cross-origin")
}
