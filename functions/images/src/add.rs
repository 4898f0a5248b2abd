//! `POST /v1/pets/{id}/images`: an image in a form (contract 3.13).

use domain::caller::Permission;
use domain::id::PetId;
use domain::{Error, Result};
use web::{Answer, Request};

use crate::App;
use crate::attach::attach;

/// The contract's parts. What the second says is read and not kept: nothing of the contract shows it again.
const FILE: &str = "file";
const METADATA: &str = "additionalMetadata";

pub(crate) async fn add(app: &App, request: &Request) -> Result<Answer> {
    request.caller.require(Permission::WritePets)?;
    let id = request.id("id", PetId::parse)?;
    let form = request.form(FILE, &[METADATA]).await?;
    let pet = app.store.pet_fetch(request.caller.scope, id).await?.ok_or(Error::NotFound("pet"))?;
    attach(app, &pet, form.file).await
}
