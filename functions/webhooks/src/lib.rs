//! Webhook endpoints, the deliveries to them, and the keys that verify what is delivered.

mod body;
mod callback_secret;
mod create;
mod deliveries;
mod endpoint;
mod keys;
mod recover;
mod retry;
mod rotate;
mod test;
mod update;
mod view;

use domain::target::AddressPolicy;
use lambda_http::{Body, Request, Response};
use store::Store;
use web::{Edge, Route, Tenancy, route};

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The tables.
    pub store: Store,
    /// Which URLs may be endpoints.
    pub targets: AddressPolicy,
    /// Our own hosts, which may not.
    pub own_hosts: Vec<String>,
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    route("POST", "/v1/webhooks", "GET, POST").idempotent(),
    route("GET", "/v1/webhooks", "GET, POST"),
    route("GET", "/v1/webhooks/callback-secret", "GET, POST"),
    route("POST", "/v1/webhooks/callback-secret", "GET, POST"),
    route("GET", "/v1/webhooks/{id}", "GET, PATCH, DELETE"),
    route("PATCH", "/v1/webhooks/{id}", "GET, PATCH, DELETE"),
    route("DELETE", "/v1/webhooks/{id}", "GET, PATCH, DELETE"),
    route("GET", "/v1/webhooks/{id}/deliveries", "GET"),
    route("POST", "/v1/webhooks/{id}/test", "POST"),
    route("POST", "/v1/webhooks/{id}/secret", "POST"),
    route("POST", "/v1/webhooks/{id}/recover", "POST"),
    route("GET", "/v1/deliveries/{id}", "GET"),
    route("POST", "/v1/deliveries/{id}/retry", "POST"),
    route("GET", "/.well-known/webhook-keys", "GET").tenancy(Tenancy::Unasked),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("POST", "/v1/webhooks") => create::create(app, &request).await,
        ("POST", "/v1/webhooks/callback-secret") => callback_secret::rotate(app, &request).await,
        ("POST", "/v1/webhooks/{id}/test") => test::test(app, &request).await,
        ("POST", "/v1/webhooks/{id}/secret") => rotate::rotate(app, &request).await,
        ("POST", "/v1/webhooks/{id}/recover") => recover::recover(app, &request).await,
        ("POST", _) => retry::retry(app, &request).await,
        ("GET", "/v1/webhooks") => endpoint::list(app, &request).await,
        ("GET", "/v1/webhooks/callback-secret") => callback_secret::get(app, &request).await,
        ("GET", "/v1/webhooks/{id}") => endpoint::get(app, &request).await,
        ("PATCH", _) => update::update(app, &request).await,
        ("DELETE", _) => endpoint::delete(app, &request).await,
        ("GET", "/v1/webhooks/{id}/deliveries") => deliveries::list(app, &request).await,
        ("GET", "/v1/deliveries/{id}") => deliveries::get(app, &request).await,
        _ => Ok(keys::public_keys(app)),
    })
    .await
}
