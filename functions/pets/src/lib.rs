//! Pets: taken in by staff, looked at by everyone.

mod create;
mod get;
mod list;
mod view;

use lambda_http::{Body, Request, Response};
use store::Store;
use web::Limited::Catalogue;
use web::{Edge, Route, route};

pub use create::PetBody;
pub use view::PetView;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The tables.
    pub store: Store,
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    route("POST", "/v1/pets", "GET, POST").idempotent().limited(Catalogue),
    route("GET", "/v1/pets", "GET, POST").limited(Catalogue),
    route("GET", "/v1/pets/{id}", "GET").limited(Catalogue),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("POST", _) => create::create(app, &request).await,
        ("GET", "/v1/pets") => list::list(app, &request).await,
        _ => get::get(app, &request).await,
    })
    .await
}
