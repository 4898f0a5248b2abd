//! `POST /v1/pets`: staff take a pet in.

use domain::caller::Permission;
use domain::id::PetId;
use domain::pet::Pet;
use domain::{Error, Result};
use platform::{clock, fault};
use store::{Commit, IDEMPOTENCY_LEG};
use web::{Answer, Request};

use crate::{App, PetBody, PetView};

pub(crate) async fn create(app: &App, request: &Request) -> Result<Answer> {
    request.caller.require(Permission::WritePets)?;
    let (profile, status) = request.json(PetBody::parse)?;
    let key = request.idempotency()?;
    let scope = request.caller.scope;
    let pet = Pet::take_in(PetId::new(clock::fresh_id()), scope, profile, status, request.now);
    let answer = Answer::created(format!("/v1/pets/{}", pet.id), PetView::from(&pet)).version(pet.version);
    let record = key.map(|key| key.completed(&answer));
    let transaction = app.store.transaction().create("pet", &pet);
    fault::point("take_in.before_commit");
    let commit = transaction.idempotency(scope, record.as_ref(), request.now).commit().await?;
    fault::point("take_in.after_commit");
    match commit {
        Commit::Done => Ok(answer),
        refused if refused.refused_by(IDEMPOTENCY_LEG) => {
            Err(web::idempotency::in_use(request.now, request.now))
        }
        Commit::Refused(_) => Err(Error::fault("a fresh pet id is taken")),
    }
}
