//! Orders: place, read, list, ship and deliver. Paying and cancelling move money and live in `payments`;
//! `POST /orders/{id}` is `callbacks`'.

mod get;
mod list;
mod open_orders;
mod place;
mod ship;
mod timeline;

use domain::id::OrderId;
use domain::order::Order;
use domain::time::{HOUR_MS, MINUTE_MS};
use domain::{Caller, Error, Result};
use lambda_http::{Body, Request, Response};
use store::Store;
use web::{Edge, Limited, Route, route};

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge.
    pub edge: Edge,
    /// The tables.
    pub store: Store,
    /// How long orders hold their pets unpaid.
    pub reservations: Reservations,
}

/// How long an unpaid order holds its pet, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Reservations {
    /// A guest's.
    pub anonymous_ms: i64,
    /// A signed-in user's.
    pub signed_in_ms: i64,
}

impl Default for Reservations {
    fn default() -> Self {
        Self { anonymous_ms: 30 * MINUTE_MS, signed_in_ms: 24 * HOUR_MS }
    }
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    route("POST", "/v1/orders", "GET, POST").idempotent(),
    route("GET", "/v1/orders", "GET, POST"),
    route("GET", "/v1/orders/{id}", "GET, POST, DELETE, PATCH").limited(Limited::Order),
    route("PATCH", "/v1/orders/{id}", "GET, POST, DELETE, PATCH").limited(Limited::Order),
    route("GET", "/v1/orders/{id}/events", "GET").limited(Limited::Order),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("POST", "/v1/orders") => place::place(app, &request).await,
        ("GET", "/v1/orders") => list::list(app, &request).await,
        ("GET", "/v1/orders/{id}") => get::get(app, &request).await,
        ("PATCH", _) => ship::ship(app, &request).await,
        _ => timeline::timeline(app, &request).await,
    })
    .await
}

/// The order `id`, if it exists for this caller.
async fn visible_order(app: &App, caller: &Caller, id: OrderId) -> Result<Order> {
    let order = app.store.order_fetch(caller.scope, id).await?;
    order.filter(|order| order.is_visible_to(caller)).ok_or(Error::NotFound("order"))
}
