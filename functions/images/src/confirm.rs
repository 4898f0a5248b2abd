//! `POST /v1/pets/{id}/images/uploads/{uploadId}`: what was put to S3 becomes a photo, if it is one.
//!
//! The upload is read as it is now and stays where it is: a repeated request finds it again, and the same photo.

use blob::Upload;
use domain::caller::Permission;
use domain::id::{PetId, UploadId};
use domain::{Error, Result};
use web::{Answer, Request};

use crate::App;
use crate::attach::attach;
use crate::picture::IMAGE_BYTES_MAX;

pub(crate) async fn confirm(app: &App, request: &Request) -> Result<Answer> {
    request.caller.require(Permission::WritePets)?;
    let pet = request.id("id", PetId::parse)?;
    let id = request.id("uploadId", UploadId::parse)?;
    let scope = request.caller.scope;
    let pet = app.store.pet_fetch(scope, pet).await?.ok_or(Error::NotFound("pet"))?;
    let upload = Upload { scope, pet: pet.id, id };
    let bytes = app.blobs.upload_fetch(&upload, IMAGE_BYTES_MAX).await?.ok_or(Error::NotFound("upload"))?;
    attach(app, &pet, bytes).await
}
