//! `DELETE /v1/pets/{id}`: staff take a pet out of the shop for good.

use domain::caller::Permission;
use domain::id::PetId;
use domain::{Error, Result};
use platform::fault;
use store::Commit;
use web::{Answer, Request};

use crate::{App, is_held};

pub(crate) async fn remove(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", PetId::parse)?;
    request.caller.require(Permission::WritePets)?;
    store::until_committed(async || {
        let pet = app.store.pet_fetch(request.caller.scope, id).await?.ok_or(Error::NotFound("pet"))?;
        request.if_match(pet.version)?;
        pet.free(is_held(app, &pet).await?)?;
        fault::point("remove_pet.before_commit");
        let commit = app.store.transaction().delete("pet", &pet).commit().await?;
        fault::point("remove_pet.after_commit");
        Ok((commit == Commit::Done).then(Answer::no_content))
    })
    .await
}
