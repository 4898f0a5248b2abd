//! The cap on unpaid orders that one holder has open, so that nobody empties the shop for nothing: a user, or an address
//! without a token. Staff may hold any number, for they order for others.
//!
//! It is a part of the rate limits and costs an honest customer nothing: a process keeps a holder's first order to itself,
//! and looks at the common row only from the second on. So each further process may let one more through. A row is
//! committed with the order that it counts, so that of many at the same time no more than may be are placed.

use domain::id::{OrderId, UserId};
use domain::order::OrderStatus;
use domain::time::{DAY_MS, MINUTE_MS};
use domain::{Error, Result, Scope, Timestamp};
use platform::cache::Cache;
use store::OpenOrders;
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

    fn place(&self) -> (Scope, String) {
        (self.scope, self.name.clone())
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

/// An order that is about to be placed, among those of its holder.
pub(crate) struct Counted<'a> {
    app: &'a App,
    holder: Holder,
    id: OrderId,
    /// What this process placed for the holder before, or is placing.
    before: Vec<OrderId>,
}

impl<'a> Counted<'a> {
    /// Counts the order `id` here; `None` if the caller's orders are not counted.
    pub(crate) fn begin(app: &'a App, request: &Request, id: OrderId) -> Option<Self> {
        let holder = Holder::of(app, request)?;
        // One step, so that of many orders at the same time one is the first.
        let before = app.placed.0.update(holder.place(), request.now, |here| {
            let before = here.clone();
            here.push(id);
            // The row knows the others.
            let older = here.len().saturating_sub(holder.max as usize);
            here.drain(..older);
            before
        });
        Some(Self { app, holder, id, before })
    }

    /// The holder's row with this order, to be committed with it; `None` while this process has placed no other.
    ///
    /// # Errors
    /// [`Error::TooMany`] when the holder has as many open as may be, or DynamoDB fails.
    pub(crate) async fn row(&self, now: Timestamp) -> Result<Option<OpenOrders>> {
        if self.before.is_empty() {
            return Ok(None);
        }
        let (store, max) = (&self.app.store, self.holder.max as usize);
        let mut row = store.open_orders_fetch(self.holder.scope, &self.holder.name, now).await?;
        let unknown: Vec<_> = self.before.iter().filter(|id| !row.orders.contains(id)).copied().collect();
        row.orders.extend(unknown);
        // An order that is placed at the same time may have counted this one.
        row.orders.retain(|id| *id != self.id);
        if row.orders.len() >= max {
            row.orders = self.still_open(&row.orders).await?;
        }
        if row.orders.len() >= max {
            return Err(self.holder.refusal());
        }
        row.orders.push(self.id);
        Ok(Some(OpenOrders { version: row.version + 1, updated_at: now, ..row }))
    }

    /// Those that are neither paid nor cancelled, and those that this process is placing.
    async fn still_open(&self, orders: &[OrderId]) -> Result<Vec<OrderId>> {
        let found = self.app.store.orders_fetch_now(self.holder.scope, orders).await?;
        let is_open = |id: &OrderId| match found.iter().find(|order| order.id == *id) {
            Some(order) => order.status == OrderStatus::Placed && order.owner == self.holder.owner,
            None => self.before.contains(id),
        };
        Ok(orders.iter().filter(|id| is_open(id)).copied().collect())
    }

    /// Takes the order back here, for it was not placed.
    pub(crate) fn take_back(&self, now: Timestamp) {
        self.app.placed.0.update(self.holder.place(), now, |here| here.retain(|id| *id != self.id));
    }
}
