//! Reading and forgetting endpoints: `GET /v1/webhooks`, `GET|DELETE /v1/webhooks/{id}`.

use domain::caller::Permission;
use domain::id::EndpointId;
use domain::webhook::Endpoint;
use domain::{Error, Result};
use platform::telemetry::Chain;
use serde::Serialize;
use web::{Answer, Request};

use crate::App;
use crate::view::EndpointView;

#[derive(Serialize)]
struct Endpoints {
    data: Vec<EndpointView>,
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::AdminWebhooks)?;
    let endpoints = app.store.endpoints_fetch(request.caller.scope, user.id).await?;
    for error in &endpoints.unreadable {
        tracing::error!(error = %Chain(error), "a webhook endpoint cannot be read");
    }
    let views = endpoints.readable.iter().map(|endpoint| EndpointView::of(app, endpoint));
    Ok(Answer::ok(Endpoints { data: views.collect::<Result<_>>()? }))
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let endpoint = load(app, request).await?;
    Ok(Answer::ok(EndpointView::of(app, &endpoint)?).version(endpoint.version))
}

pub(crate) async fn delete(app: &App, request: &Request) -> Result<Answer> {
    let endpoint = load(app, request).await?;
    request.if_match(endpoint.version)?;
    match app.store.endpoint_delete(&endpoint).await? {
        true => Ok(Answer::no_content()),
        false => Err(Error::NotFound("webhook endpoint")),
    }
}

/// The endpoint of the path: the tenant's, or in the shared pool the caller's own.
pub(crate) async fn load(app: &App, request: &Request) -> Result<Endpoint> {
    let id = request.id("id", EndpointId::parse)?;
    let user = request.caller.require(Permission::AdminWebhooks)?;
    let endpoint = app.store.endpoint_fetch(request.caller.scope, user.id, id).await?;
    endpoint.ok_or(Error::NotFound("webhook endpoint"))
}
