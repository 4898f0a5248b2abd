//! The cap on unpaid orders that one holder has open, so that nobody empties the shop for nothing: a user, or an address
//! without a token. Staff may hold any number, for they order for others.
//!
//! It is a part of the rate limits and costs an honest customer nothing: a process keeps a holder's first order to itself,
//! and looks at the common row only from the second on. So each further process may let one more through.

use domain::id::{OrderId, UserId};
use domain::order::OrderStatus;
use domain::time::{DAY_MS, MINUTE_MS};
use domain::{Error, Result, Scope};
use platform::cache::Cache;
use store::{Commit, OpenOrders};
use web::Request;

use crate::App;

/// Holders that a process remembers, each as long as a reservation lasts at most.
const HOLDERS_MAX: usize = 4_096;

/// What this process saw of holders. Lives as long as the process.
pub struct Placed(Cache<(Scope, String), Vec<OrderId>>);

impl Default for Placed {
    fn default() -> Self {
        Self(Cache::new(DAY_MS, HOLDERS_MAX))
    }
}

/// Whose orders are counted.
struct Holder {
    scope: Scope,
    name: String,
    /// Whom the orders belong to.
    owner: Option<UserId>,
    /// Unpaid orders at once.
    max: u32,
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
        Some(Self { scope, name, owner, max })
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

/// Counts the order that is about to be placed under `id`, or refuses it.
pub(crate) async fn admit(app: &App, request: &Request, id: OrderId) -> Result<()> {
    let Some(holder) = Holder::of(app, request) else { return Ok(()) };
    let place = (holder.scope, holder.name.clone());
    let mut here = app.placed.0.get(&place, request.now).unwrap_or_default();
    if !here.is_empty() {
        count(app, request, &holder, (&here, id)).await?;
    }
    here.push(id);
    // The row knows the others.
    let newest = here.len().saturating_sub(holder.max as usize);
    app.placed.0.insert(place, here.split_off(newest), request.now);
    Ok(())
}

async fn count(
    app: &App,
    request: &Request,
    holder: &Holder,
    (here, id): (&[OrderId], OrderId),
) -> Result<()> {
    let max = holder.max as usize;
    store::until_committed(async || {
        let mut row = app.store.open_orders_fetch(holder.scope, &holder.name, request.now).await?;
        row.orders
            .extend(here.iter().filter(|order| !row.orders.contains(order)).copied().collect::<Vec<_>>());
        if row.orders.len() >= max {
            row = still_open(app, holder, row).await?;
        }
        if row.orders.len() >= max {
            return Err(holder.refusal());
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
async fn still_open(app: &App, holder: &Holder, row: OpenOrders) -> Result<OpenOrders> {
    let found = app.store.orders_fetch(row.scope, &row.orders).await?;
    let is_open = |id: &OrderId| {
        found.iter().any(|order| {
            order.id == *id && order.status == OrderStatus::Placed && order.owner == holder.owner
        })
    };
    let orders = row.orders.iter().filter(|id| is_open(id)).copied().collect();
    Ok(OpenOrders { orders, ..row })
}
