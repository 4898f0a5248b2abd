//! The cap on unpaid orders that one address holds open without a token, so that nobody empties the shop for nothing.
//!
//! It is a part of the rate limits and costs an honest guest nothing: a process keeps an address's first order to
//! itself, and looks at the common row only from the second on. So each further process may let one more through.

use domain::id::OrderId;
use domain::order::OrderStatus;
use domain::time::{HOUR_MS, MINUTE_MS};
use domain::{Error, Result, Scope};
use platform::cache::Cache;
use store::{Commit, OpenOrders};
use web::Request;

use crate::App;

/// Addresses that a process remembers.
const ADDRESSES_MAX: usize = 4_096;

/// What this process saw of addresses. Lives as long as the process.
pub struct Placed(Cache<(Scope, String), Vec<OrderId>>);

impl Default for Placed {
    fn default() -> Self {
        Self(Cache::new(HOUR_MS, ADDRESSES_MAX))
    }
}

/// Counts the order that is about to be placed under `id`, or refuses it.
pub(crate) async fn admit(app: &App, request: &Request, id: OrderId) -> Result<()> {
    let (Some(limits), Some(address)) = (app.edge.settings().limits, request.guest_address()) else {
        return Ok(());
    };
    let place = (request.caller.scope, address);
    let mut here = app.placed.0.get(&place, request.now).unwrap_or_default();
    if !here.is_empty() {
        count(app, request, &place.1, (&here, id), limits.open_orders).await?;
    }
    here.push(id);
    // The row knows the others.
    let newest = here.len().saturating_sub(limits.open_orders as usize);
    app.placed.0.insert(place, here.split_off(newest), request.now);
    Ok(())
}

async fn count(
    app: &App,
    request: &Request,
    address: &str,
    (here, id): (&[OrderId], OrderId),
    max: u32,
) -> Result<()> {
    store::until_committed(async || {
        let mut row = app.store.open_orders_fetch(request.caller.scope, address, request.now).await?;
        row.orders
            .extend(here.iter().filter(|order| !row.orders.contains(order)).copied().collect::<Vec<_>>());
        if row.orders.len() >= max as usize {
            row = still_open(app, row).await?;
        }
        if row.orders.len() >= max as usize {
            return Err(refusal(max));
        }
        row.orders.push(id);
        (row.version, row.updated_at) = (row.version + 1, request.now);
        let transaction = app.store.transaction();
        let transaction = match row.version {
            1 => transaction.create("open orders", &row),
            _ => transaction.replace("open orders", &row),
        };
        Ok((transaction.commit().await? == Commit::Done).then_some(()))
    })
    .await
}

/// Without the orders that were paid, cancelled or never placed after all.
async fn still_open(app: &App, row: OpenOrders) -> Result<OpenOrders> {
    let found = app.store.orders_fetch(row.scope, &row.orders).await?;
    let is_open = |id: &OrderId| {
        found
            .iter()
            .any(|order| order.id == *id && order.status == OrderStatus::Placed && order.owner.is_none())
    };
    let orders = row.orders.iter().filter(|id| is_open(id)).copied().collect();
    Ok(OpenOrders { orders, ..row })
}

fn refusal(max: u32) -> Error {
    Error::TooMany {
        code: "too_many_open_orders",
        detail: format!("{max} unpaid orders are open already. Pay or cancel one, or sign in."),
        retry_after_secs: u32::try_from(MINUTE_MS / 1_000).unwrap_or(u32::MAX),
        quota: None,
    }
}
