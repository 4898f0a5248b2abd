//! Callback requests that waited too long: timed out by a transaction that requires the order to be unpaid and idle, so
//! that a payment and a timeout can never both be reported.

use domain::callback::{FailureReason, Settlement};
use domain::order::OrderStatus;
use domain::{Error, Result, Timestamp};
use futures_util::stream::{self, StreamExt};
use platform::fault;
use platform::telemetry::Chain;
use store::Commit;
use store::work::{Kind, Work};

use super::{App, PER_SHARD};

/// Requests worked on at the same time.
const CONCURRENCY: usize = 8;

pub(super) async fn sweep(app: &App, now: Timestamp) -> Result<usize> {
    let due = app.store.work_due(Kind::Deadline, now, PER_SHARD).await?;
    let ended = stream::iter(due).map(|work| end(app, work, now)).buffer_unordered(CONCURRENCY);
    Ok(ended.filter(|ended| std::future::ready(*ended)).count().await)
}

async fn end(app: &App, work: Work, now: Timestamp) -> bool {
    try_end(app, work, now).await.unwrap_or_else(|error| {
        tracing::warn!(error = %Chain(&error), "a callback request could not be timed out yet");
        false
    })
}

async fn try_end(app: &App, work: Work, now: Timestamp) -> Result<bool> {
    let Some(id) = work.request else { return Ok(false) };
    let request = app.store.callback_fetch(work.scope, work.order, id).await?;
    let Some(request) = request.filter(|request| request.is_overdue(now)) else { return Ok(false) };
    let order = app.store.order_fetch(work.scope, work.order).await?.ok_or(Error::NotFound("order"))?;
    // An order that is decided settles its requests itself; should its event be lost, this is where it is made good.
    let settlement = match request.decide(&order, now) {
        Some(decided) => decided,
        None if order.status == OrderStatus::Placed && order.active_operation.is_none() => {
            Settlement::failed(FailureReason::TimedOut, now)
        }
        None => return Ok(false),
    };
    let Some(settled) = request.settle(settlement) else { return Ok(false) };
    fault::point("timeout.before_commit");
    let transaction = app.store.transaction().check("order", &order).replace("callback", &settled);
    let commit = transaction.commit().await?;
    fault::point("timeout.after_commit");
    Ok(commit == Commit::Done)
}
