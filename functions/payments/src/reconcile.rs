//! Finishes what was begun: payments and refunds that are active for more than a minute.
//!
//! It repeats the provider call under the operation's own id and settles, as the request would have. After 23 hours it
//! only looks up and never posts, for providers forget idempotency keys after 24; what is still unknown then is for a
//! person, and alarms.

use domain::order::{ActiveOperation, Operation, Order};
use domain::time::HOUR_MS;
use domain::{Error, Result, Timestamp};
use futures_util::stream::{self, StreamExt};
use platform::metrics;
use store::work::{Kind, Work};

use crate::{App, refund, settle};

/// Operations taken from each shard of the index in one run.
const PER_SHARD: i32 = 20;
/// Operations finished at the same time.
const CONCURRENCY: usize = 8;
/// After this the provider is only asked what it knows.
const LOOK_UP_ONLY_MS: i64 = 23 * HOUR_MS;

/// Finishes every operation that is due; answers how many it settled. One failure does not stop the others.
///
/// # Errors
/// When the index cannot be read.
pub async fn run(app: &App, now: Timestamp) -> Result<usize> {
    let due = app.store.work_due(Kind::Operation, now, PER_SHARD).await?;
    let results = stream::iter(due).map(|work| finish(app, work, now)).buffer_unordered(CONCURRENCY);
    Ok(results.filter(|settled| std::future::ready(*settled)).count().await)
}

/// Whether the operation was settled.
async fn finish(app: &App, work: Work, now: Timestamp) -> bool {
    match try_finish(app, work, now).await {
        Ok(settled) => settled,
        Err(error) => {
            tracing::warn!(error = %error, "operation not settled yet");
            false
        }
    }
}

async fn try_finish(app: &App, work: Work, now: Timestamp) -> Result<bool> {
    let order = app.store.order_fetch(work.scope, work.order).await?.ok_or(Error::NotFound("order"))?;
    let Some(active) = order.active_operation.clone() else { return Ok(false) };
    let look_up_only = now.since_ms(active.started_at) > LOOK_UP_ONLY_MS;
    let settled = finish_operation(app, &order, &active, look_up_only).await?;
    if !settled && look_up_only {
        metrics::count("OperationStuck", 1);
    }
    Ok(settled)
}

async fn finish_operation(
    app: &App,
    order: &Order,
    active: &ActiveOperation,
    look_up_only: bool,
) -> Result<bool> {
    let silent = |error| Error::unavailable("payment provider", error);
    let place = (order.scope, order.id);
    match &active.operation {
        Operation::Pay(payment) => {
            let outcome = match look_up_only {
                true => app.provider.find_charge(payment).await.map_err(silent)?,
                false => Some(app.provider.charge(payment).await.map_err(silent)?),
            };
            let Some(outcome) = outcome else { return Ok(false) };
            settle::settle(app, place, payment.id, outcome).await?;
        }
        Operation::Refund { id, .. } => {
            let payment = refund::paid_payment(app, order).await?;
            let outcome = match look_up_only {
                true => app.provider.find_refund(*id, &payment).await.map_err(silent)?,
                false => Some(app.provider.refund(*id, &payment).await.map_err(silent)?),
            };
            let Some(outcome) = outcome else { return Ok(false) };
            refund::settle(app, place, *id, outcome).await?;
        }
    }
    Ok(true)
}
