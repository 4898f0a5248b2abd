//! Reading and removing clients: `GET /v1/oauth/clients`, `GET|DELETE /v1/oauth/clients/{id}`. For owners of the tenant.

use domain::id::ClientId;
use domain::oauth::{Client, ClientRef};
use domain::{Error, Result};
use serde::Serialize;
use store::Commit;
use web::{Answer, Request};

use crate::App;
use crate::view::ClientView;

/// A client never changes, so it has one version.
pub(crate) const VERSION: u64 = 1;

#[derive(Serialize)]
struct Clients {
    data: Vec<ClientView>,
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let owner = web::require_owner(request).await?;
    let clients = app.store.clients_fetch(owner.scope).await?;
    Ok(Answer::ok(Clients { data: clients.iter().map(ClientView::of).collect() }))
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let client = load(app, request).await?;
    Ok(Answer::ok(ClientView::of(&client)).version(VERSION))
}

/// Whatever the client still holds is good for nothing but its last access token, until that expires.
pub(crate) async fn remove(app: &App, request: &Request) -> Result<Answer> {
    let client = load(app, request).await?;
    request.if_match(VERSION)?;
    match app.store.transaction().delete("client", &client).commit().await? {
        Commit::Done => Ok(Answer::no_content()),
        Commit::Refused(_) => Err(Error::NotFound("client")),
    }
}

/// The client of the path.
async fn load(app: &App, request: &Request) -> Result<Client> {
    let id = request.id("id", ClientId::parse)?;
    let scope = web::require_owner(request).await?.scope;
    app.store.client_fetch(ClientRef { scope, id }).await?.ok_or(Error::NotFound("client"))
}
