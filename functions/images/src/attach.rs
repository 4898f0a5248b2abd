//! An image becomes a photo of a pet: checked, kept, named by the pet, in this order.
//!
//! What is kept before the pet names it may stay behind when we die in between; nobody can see it, and `prune` removes
//! it. The other order could leave a pet with a photo that is not there.

use bytes::Bytes;
use domain::pet::Pet;
use domain::photo::{Photo, PhotoName};
use domain::{Error, Result};
use platform::telemetry::Chain;
use platform::{clock, fault};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Commit, until_committed};
use web::Answer;

use crate::App;
use crate::picture::Picture;

/// The contract's answer (4.8).
#[derive(Serialize)]
struct ApiResponse {
    message: String,
    success: bool,
}

/// Lets `pet` have the image in `bytes`. The same image twice is one photo, so that a request can be repeated.
///
/// # Errors
/// When it is no image that we take, the pet is gone or has too many, or the tables or buckets fail.
pub(crate) async fn attach(app: &App, pet: &Pet, bytes: Bytes) -> Result<Answer> {
    let picture = look(app, bytes).await?;
    let sha256 = Sha256::digest(&picture.bytes).into();
    if let Some(photo) = find(pet, sha256) {
        return Ok(answer(&photo, &picture));
    }
    pet.require_room()?;
    let photo = Photo { scope: pet.scope, pet: pet.id, name: PhotoName::fresh(sha256, clock::random()) };
    fault::point("photo.before_keep");
    app.blobs.photo_keep(&photo, picture.kind.media(), picture.bytes.clone(), sha256).await?;
    fault::point("photo.after_keep");
    let named = until_committed(|| name(app, &photo, sha256)).await;
    fault::point("photo.after_commit");
    if named.as_ref().map_or_else(is_final, |named| *named != photo) {
        remove(app, &photo).await;
    }
    named.map(|photo| answer(&photo, &picture))
}

/// Checks and cleans the image, on a thread of its own: that takes up to a second.
async fn look(app: &App, bytes: Bytes) -> Result<Picture> {
    let _permit = app.looks.acquire().await.map_err(|error| Error::internal("look into an image", error))?;
    let looked = tokio::task::spawn_blocking(move || Picture::read(bytes)).await;
    looked.map_err(|error| Error::internal("look into an image", error))?
}

fn find(pet: &Pet, sha256: [u8; 32]) -> Option<Photo> {
    pet.own_photos().find(|photo| photo.name.is_of(sha256))
}

/// Lets the pet, as it is now, name the photo, or answers the one that it names already for the same image.
async fn name(app: &App, photo: &Photo, sha256: [u8; 32]) -> Result<Option<Photo>> {
    let pet = app.store.pet_fetch(photo.scope, photo.pet).await?.ok_or(Error::NotFound("pet"))?;
    if let Some(same) = find(&pet, sha256) {
        return Ok(Some(same));
    }
    let url = format!("{}{}", app.edge.settings().public_base_url, photo.path());
    let pet = pet.with_photo(url, clock::now())?;
    let commit = app.store.transaction().replace("pet", &pet).commit().await?;
    Ok((commit == Commit::Done).then(|| photo.clone()))
}

/// Whether nothing was written for certain. Of what may have been written, `prune` finds out.
fn is_final(error: &Error) -> bool {
    matches!(error, Error::NotFound(_) | Error::Conflict { .. })
}

async fn remove(app: &App, photo: &Photo) {
    if let Err(error) = app.blobs.photos_remove(vec![photo.to_string()]).await {
        tracing::warn!(error = %Chain(&error), "a photo that no pet names stays until it is pruned");
    }
}

fn answer(photo: &Photo, picture: &Picture) -> Answer {
    let (kind, width, height) = (picture.kind, picture.width, picture.height);
    let message = format!("The pet has this photo now: {kind}, {width} × {height} pixels.");
    Answer::created(photo.path(), ApiResponse { message, success: true })
}
