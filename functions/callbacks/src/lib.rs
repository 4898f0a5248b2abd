//! Callbacks: `POST /orders/{id}` takes a request to be told, and a resource to poll. Requests are settled by the
//! order's own events, in `events`; results are sent by `delivery`.

mod accept;
mod status;

use domain::id::OrderId;
use domain::order::Order;
use domain::target::AddressPolicy;
use domain::time::DAY_MS;
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
    /// Which URLs may be called.
    pub targets: AddressPolicy,
    /// Our own hosts, which may not.
    pub own_hosts: Vec<String>,
    /// How long a request waits for its order, in milliseconds.
    pub wait_ms: i64,
}

impl App {
    /// An app with the usual wait of 24 hours.
    #[must_use]
    pub const fn new(edge: Edge, store: Store, targets: AddressPolicy, own_hosts: Vec<String>) -> Self {
        Self { edge, store, targets, own_hosts, wait_ms: DAY_MS }
    }
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    route("POST", "/v1/orders/{id}", "GET, POST, DELETE, PATCH").idempotent().limited(Limited::Order),
    route("GET", "/v1/orders/{id}/callbacks/{requestId}", "GET").limited(Limited::Order),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match request.method {
        "POST" => accept::accept(app, &request).await,
        _ => status::status(app, &request).await,
    })
    .await
}

/// Refuses an order that this caller may not know of.
fn visible(order: &Order, caller: &Caller) -> Result<()> {
    if order.is_visible_to(caller) { Ok(()) } else { Err(Error::NotFound("order")) }
}

fn status_path(order: OrderId, request: domain::id::RequestId) -> String {
    format!("/v1/orders/{order}/callbacks/{request}")
}
