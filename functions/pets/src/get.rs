//! `GET /v1/pets/{id}`.

use domain::id::PetId;
use domain::{Error, Result};
use web::{Answer, Request};

use crate::{App, PetView};

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", PetId::parse)?;
    let pet = app.store.pet_fetch(request.caller.scope, id).await?.ok_or(Error::NotFound("pet"))?;
    Ok(Answer::ok(PetView::from(&pet)).version(pet.version))
}
