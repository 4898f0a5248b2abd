//! Payments and everything else that moves money: pay, cancel (which refunds), receipts, and `reconcile`, which
//! finishes what a crash or a silent provider left behind.
//!
//! Every movement is three steps. (1) A conditional write puts the operation on the order. (2) The provider is asked,
//! with the operation's id as its idempotency key. (3) One transaction settles order, payment and pet, and carries the
//! events. `reconcile` repeats 2 and 3 under the same id, so nothing is ever charged or refunded twice.

pub mod by_hand;
pub mod provider;
pub mod reconcile;

mod ask;
mod cancel;
mod get;
mod list;
mod pay;
mod receipt;
mod refund;
mod settle;

use domain::id::{EventId, OrderId};
use domain::order::{Order, SettleIds};
use domain::{Caller, Error, Result};
use lambda_http::{Body, Request, Response};
use platform::clock;
use store::Store;
use web::{Edge, Limited, Route, route};

use crate::provider::Provider;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The HTTP edge; `reconcile` has none of its own.
    pub edge: Edge,
    /// The tables.
    pub store: Store,
    /// Who moves the money.
    pub provider: Provider,
    /// The key that signs receipt links (`Keyring::subkey("receipt")`).
    pub receipt_key: [u8; 32],
}

/// Every operation of this function.
pub const ROUTES: &[Route] = &[
    route("DELETE", "/v1/orders/{id}", "GET, POST, DELETE, PATCH").limited(Limited::Order),
    route("POST", "/v1/orders/{id}/payment", "POST").idempotent().limited(Limited::Order),
    route("GET", "/v1/orders/{id}/payments", "GET").limited(Limited::Order),
    route("GET", "/v1/orders/{id}/payments/{paymentId}", "GET").limited(Limited::Order),
    route("GET", "/v1/receipts/{receiptId}", "GET"),
];

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Response<Body> {
    web::serve(&app.edge, ROUTES, request, async |request| match (request.method, request.route) {
        ("DELETE", _) => cancel::cancel(app, &request).await,
        ("POST", _) => pay::pay(app, &request).await,
        ("GET", "/v1/orders/{id}/payments") => list::list(app, &request).await,
        ("GET", "/v1/orders/{id}/payments/{paymentId}") => get::get(app, &request).await,
        _ => receipt::receipt(app, &request).await,
    })
    .await
}

/// The order `id`, if it exists for this caller.
async fn visible_order(app: &App, caller: &Caller, id: OrderId) -> Result<Order> {
    let order = app.store.order_fetch(caller.scope, id).await?;
    order.filter(|order| order.is_visible_to(caller)).ok_or(Error::NotFound("order"))
}

fn settle_ids() -> SettleIds {
    let event = || EventId::new(clock::fresh_id());
    SettleIds { order_event: event(), payment_event: event(), pet_event: event() }
}
