//! The client of a request: known by its `client_id`, which proves nothing; what it knows beside it does.

use domain::Result;
use domain::Scope;
use domain::oauth::{Client, ClientRef, Refusal};
use web::Request;

use crate::App;
use crate::fields::Fields;
use crate::refused::No;

/// The client that the request names. One that means to prove who it is would go on in vain, so it is told at once
/// (RFC 6749 section 5.2).
pub(crate) async fn of_request(
    app: &App,
    request: &Request,
    fields: &Fields,
) -> std::result::Result<Client, No> {
    let is_basic = |value: &str| value.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"));
    if request.header("authorization")?.is_some_and(is_basic) || fields.get("client_secret")?.is_some() {
        return Err(Refusal::ClientSecret.into());
    }
    let named = fields.required("client_id", "client_id is required")?;
    named_by(app, named).await?.ok_or(No::Refused(Refusal::InvalidClient))
}

/// The client of that `client_id`, if there is one and its pool is open.
pub(crate) async fn named_by(app: &App, client_id: &str) -> Result<Option<Client>> {
    match ClientRef::parse(client_id) {
        Ok(client) if is_open(app, client.scope) => app.store.client_fetch(client).await,
        _ => Ok(None),
    }
}

fn is_open(app: &App, scope: Scope) -> bool {
    scope != Scope::Shared || app.edge.settings().shared_pool
}
