//! The OAuth 2.0 authorization server: applications get access to what a user's account may do, once the user has agreed.
//!
//! - `authorize` the authorization endpoint; `asked` what a client asks there
//! - `flow` the pages between a question and its answer: signing in, agreeing; `session`, `ticket` what holds them together
//! - `device` devices without a browser, and the page where their code is typed
//! - `token` the token endpoint: `redeem` a code, `refresh`, `poll` for a device; `revoke`
//! - `counted` whom each of these calls counts for
//! - `grants` what a user granted, and taking it back
//! - `register`, `list` clients and what they may be called (`name`), by the tenant's owner
//! - `pages` the HTML
//!
//! Public clients with PKCE alone, and no library (`docs/adr/0026-an-authorization-server-of-our-own.md`).

mod asked;
mod authorize;
mod client;
mod counted;
mod device;
mod fields;
mod flow;
mod grants;
mod list;
mod metadata;
mod name;
mod pages;
mod poll;
mod redeem;
mod refresh;
mod refused;
mod register;
mod revoke;
mod secrets;
mod session;
mod ticket;
mod token;
mod tokens;
mod view;

use lambda_http::{Body, Request, Response};
use store::Store;
use web::Limited::{Catalogue, Protocol};
use web::{Edge, Media, Route, Tenancy, route};

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The tables.
    pub store: Store,
}

/// An operation of the protocol: its client names the pool.
const fn protocol(method: &'static str, path: &'static str, allow: &'static str, media: Media) -> Route {
    route(method, path, allow).tenancy(Tenancy::Unasked).media(media)
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    protocol("GET", "/.well-known/oauth-authorization-server", "GET", Media::Json),
    protocol("GET", "/authorize", "GET, POST", Media::Page),
    protocol("POST", "/authorize", "GET, POST", Media::Page).limited(Catalogue),
    protocol("GET", "/device", "GET, POST", Media::Page),
    protocol("POST", "/device", "GET, POST", Media::Page).limited(Catalogue),
    protocol("POST", "/device/authorize", "POST", Media::Fields).limited(Protocol),
    protocol("POST", "/token", "POST", Media::Fields).limited(Protocol),
    protocol("POST", "/refresh", "POST", Media::Fields).limited(Protocol),
    protocol("POST", "/revoke", "POST", Media::Fields).limited(Protocol),
    route("POST", "/v1/oauth/clients", "GET, POST").idempotent(),
    route("GET", "/v1/oauth/clients", "GET, POST"),
    route("GET", "/v1/oauth/clients/{id}", "GET, DELETE"),
    route("DELETE", "/v1/oauth/clients/{id}", "GET, DELETE"),
    route("GET", "/v1/oauth/grants", "GET"),
    route("GET", "/v1/oauth/grants/{id}", "GET, DELETE"),
    route("DELETE", "/v1/oauth/grants/{id}", "GET, DELETE"),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("GET", "/authorize") => authorize::begin(app, &request).await,
        ("POST", "/authorize") => flow::go_on(app, &request).await,
        ("GET", "/device") => device::page(app, &request),
        ("POST", "/device") => flow::go_on(app, &request).await,
        ("POST", "/device/authorize") => device::authorize(app, &request).await,
        ("POST", "/token") => token::token(app, &request).await,
        ("POST", "/refresh") => token::refresh(app, &request).await,
        ("POST", "/revoke") => revoke::revoke(app, &request).await,
        ("POST", _) => register::register(app, &request).await,
        ("GET", "/v1/oauth/clients") => list::list(app, &request).await,
        ("GET", "/v1/oauth/clients/{id}") => list::get(app, &request).await,
        ("GET", "/v1/oauth/grants") => grants::list(app, &request).await,
        ("GET", "/v1/oauth/grants/{id}") => grants::get(app, &request).await,
        ("DELETE", "/v1/oauth/grants/{id}") => grants::end(app, &request).await,
        ("GET", _) => Ok(metadata::metadata(app)),
        _ => list::remove(app, &request).await,
    })
    .await
}
