//! Pets: taken in, changed and deleted by staff; listed, searched and counted by everyone.

mod body;
mod create;
mod find;
mod get;
mod inventory;
mod list;
mod page;
mod remove;
mod replace;
mod search;
mod view;

use domain::Result;
use domain::pet::Pet;
use lambda_http::{Body, Request, Response};
use store::Store;
use web::Limited::Catalogue;
use web::{Edge, Route, Tenancy, route};

pub use body::PetBody;
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
    route("POST", "/v1/pets", "GET, POST, QUERY").idempotent().limited(Catalogue),
    route("GET", "/v1/pets", "GET, POST, QUERY").limited(Catalogue),
    route("QUERY", "/v1/pets", "GET, POST, QUERY").limited(Catalogue),
    route("POST", "/v1/pets/search", "POST").tenancy(Tenancy::Any).limited(Catalogue),
    route("GET", "/v1/pets/{id}", "GET, PUT, DELETE").limited(Catalogue),
    route("PUT", "/v1/pets/{id}", "GET, PUT, DELETE").limited(Catalogue),
    route("DELETE", "/v1/pets/{id}", "GET, PUT, DELETE").limited(Catalogue),
    route("GET", "/v1/inventory", "GET").limited(Catalogue),
    route("GET", "/v1/inventories", "GET").limited(Catalogue),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("QUERY", _) | (_, "/v1/pets/search") => search::search(app, &request).await,
        ("POST", _) => create::create(app, &request).await,
        ("GET", "/v1/pets") => list::list(app, &request).await,
        ("GET", "/v1/inventory") => inventory::inventory(app, &request).await,
        ("GET", "/v1/inventories") => inventory::inventories(app, &request).await,
        ("PUT", _) => replace::replace(app, &request).await,
        ("DELETE", _) => remove::remove(app, &request).await,
        _ => get::get(app, &request).await,
    })
    .await
}

/// Whether an order that is not over holds the pet.
async fn is_held(app: &App, pet: &Pet) -> Result<bool> {
    let Some(order) = pet.reserved_by else { return Ok(false) };
    let order = app.store.order_fetch(pet.scope, order).await?;
    Ok(order.is_some_and(|order| order.status.is_open()))
}
