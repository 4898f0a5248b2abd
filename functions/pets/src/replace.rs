//! `PUT /v1/pets/{id}`: staff say anew what a pet is.

use domain::caller::Permission;
use domain::id::{EventId, PetId};
use domain::{Error, Result};
use platform::{clock, fault};
use store::Commit;
use web::{Answer, Request};

use crate::{App, PetBody, PetView, is_held};

pub(crate) async fn replace(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", PetId::parse)?;
    request.caller.require(Permission::WritePets)?;
    let (profile, status) = request.json(PetBody::replacement)?;
    let event = EventId::new(clock::fresh_id());
    store::until_committed(async || {
        let pet = app.store.pet_fetch(request.caller.scope, id).await?.ok_or(Error::NotFound("pet"))?;
        request.if_match(pet.version)?;
        let held = is_held(app, &pet).await?;
        let pet = pet.replace(profile.clone(), status, held, event, request.now)?;
        fault::point("replace_pet.before_commit");
        let commit = app.store.transaction().replace("pet", &pet).commit().await?;
        fault::point("replace_pet.after_commit");
        Ok((commit == Commit::Done).then(|| Answer::ok(PetView::from(&pet)).version(pet.version)))
    })
    .await
}
