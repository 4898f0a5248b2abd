//! Reservations that end: an unpaid order is cancelled and its pet freed, never while money moves.

use domain::id::EventId;
use domain::order::Actor;
use domain::{Error, Result, Timestamp};
use futures_util::stream::{self, StreamExt};
use platform::telemetry::Chain;
use platform::{clock, fault};
use store::Commit;
use store::work::{Kind, Work};

use super::{App, PER_SHARD};

/// Orders worked on at the same time.
const CONCURRENCY: usize = 8;

pub(super) async fn sweep(app: &App, now: Timestamp) -> Result<usize> {
    let due = app.store.work_due(Kind::Reservation, now, PER_SHARD).await?;
    let ended = stream::iter(due).map(|work| end(app, work, now)).buffer_unordered(CONCURRENCY);
    Ok(ended.filter(|ended| std::future::ready(*ended)).count().await)
}

async fn end(app: &App, work: Work, now: Timestamp) -> bool {
    try_end(app, work, now).await.unwrap_or_else(|error| {
        tracing::warn!(error = %Chain(&error), "a reservation could not be ended yet");
        false
    })
}

/// Whether the reservation was ended. The index is a moment old: the order itself decides.
async fn try_end(app: &App, work: Work, now: Timestamp) -> Result<bool> {
    let order = app.store.order_fetch(work.scope, work.order).await?.ok_or(Error::NotFound("order"))?;
    if !order.is_expired(now) {
        return Ok(false);
    }
    let order = order.cancel_unpaid(Actor::System, EventId::new(clock::fresh_id()), now)?;
    let pet = app.store.pet_fetch(order.scope, order.pet_id).await?.ok_or(Error::NotFound("pet"))?;
    let pet = pet.release(order.id, EventId::new(clock::fresh_id()), now)?;
    fault::point("expire.before_commit");
    let commit = app.store.transaction().replace("order", &order).replace("pet", &pet).commit().await?;
    fault::point("expire.after_commit");
    Ok(commit == Commit::Done)
}
