//! The cap on unpaid orders that one holder has open, so that nobody empties the shop for nothing: a user, or an address
//! without a token. Staff may hold any number, for they order for others.
//!
//! The holder's row is read with every order and committed with it, so the cap is exact in however many processes orders
//! are placed at the same time. What became of the orders in it is only asked when the row is full.

use domain::id::{OrderId, UserId};
use domain::order::{Order, OrderStatus};
use domain::time::MINUTE_MS;
use domain::{Error, Result, Scope};
use store::{OpenOrders, Store};
use web::Request;

use crate::App;

/// Whose orders are counted.
struct Holder {
    scope: Scope,
    name: String,
    /// Whom the orders belong to.
    owner: Option<UserId>,
    /// Unpaid orders at once.
    max: usize,
}

/// The holder's row with the order `id`, to be committed with it; `None` where the caller's orders are not counted.
///
/// # Errors
/// [`Error::TooMany`] when the holder has as many open as may be, or DynamoDB fails.
pub(crate) async fn with(app: &App, request: &Request, id: OrderId) -> Result<Option<OpenOrders>> {
    let Some(holder) = Holder::of(app, request) else { return Ok(None) };
    let mut row = app.store.open_orders_fetch(holder.scope, &holder.name, request.now).await?;
    if row.orders.len() >= holder.max {
        row.orders = holder.still_open(&app.store, &row.orders).await?;
    }
    row.orders.push(id);
    Ok(Some(OpenOrders { version: row.version + 1, updated_at: request.now, ..row }))
}

impl Holder {
    /// The holder of what `request` orders; `None` for whoever is not counted.
    fn of(app: &App, request: &Request) -> Option<Self> {
        let (limits, caller) = (app.edge.settings().limits?, request.caller);
        if caller.is_staff() {
            return None;
        }
        let (owner, scope) = (caller.subject(), caller.scope);
        let (name, max) = match owner {
            Some(user) => (user.to_string(), limits.users_open_orders),
            None => (request.guest_address()?, limits.open_orders),
        };
        Some(Self { scope, name, owner, max: max as usize })
    }

    /// Those of `orders` that are neither paid nor cancelled.
    ///
    /// One that is being paid stays in the row, for its payment may fail, but does not count: its holder has done what
    /// they can, and a bank's debit takes days.
    async fn still_open(&self, store: &Store, orders: &[OrderId]) -> Result<Vec<OrderId>> {
        let found = store.orders_fetch_now(self.scope, orders).await?;
        let is_open = |order: &&Order| order.status == OrderStatus::Placed && order.owner == self.owner;
        let open: Vec<_> = found.iter().filter(is_open).collect();
        let unpaid = open.iter().filter(|order| order.active_operation.is_none()).count();
        if unpaid >= self.max {
            return Err(self.refusal());
        }
        Ok(open.iter().map(|order| order.id).collect())
    }

    fn refusal(&self) -> Error {
        let way_out =
            if self.owner.is_some() { "Pay or cancel one" } else { "Pay or cancel one, or sign in" };
        Error::TooMany {
            code: "too_many_open_orders",
            detail: format!("{} unpaid orders are open already. {way_out}.", self.max),
            retry_after_secs: u32::try_from(MINUTE_MS / 1_000).unwrap_or(u32::MAX),
            quota: None,
        }
    }
}
