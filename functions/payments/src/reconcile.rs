//! Finishes what was begun: payments and refunds that are active for more than a minute.
//!
//! It asks the provider under the operation's own id (`ask.rs`) and settles, as the request would have. What cannot
//! be settled now is left for later, ever longer, so that it never stands before what can be. What is still open after 23
//! hours is for a person, and alarms.

use std::time::Duration;

use domain::order::{ActiveOperation, Operation, Order};
use domain::{Error, Result, Timestamp};
use futures_util::stream::{self, StreamExt};
use platform::metrics;
use platform::telemetry::Chain;
use store::work::{Kind, Work};
use tokio::time::Instant;

use crate::provider::Silent;
use crate::{App, ask, refund, settle};

/// Operations taken from each shard of the index in one run.
pub const PER_SHARD: i32 = 50;
/// Operations finished at the same time.
const CONCURRENCY: usize = 8;
/// How long a run begins operations. The function's time-out leaves the last ones time for the provider's answer
/// ([`crate::provider::TIMEOUT`]) and their commit.
pub const BEGINS_FOR: Duration = Duration::from_secs(45);

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Operations settled.
    pub settled: usize,
    /// Operations that are still open and need a person.
    pub stuck: usize,
}

/// Why an operation is still open.
#[derive(Debug, thiserror::Error)]
enum Open {
    #[error(transparent)]
    Silent(#[from] Silent),
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Finishes every operation that is due, the longest due first. One failure does not stop the others, and what a run
/// does not come to is the next one's.
///
/// # Errors
/// When the index cannot be read.
pub async fn run(app: &App, now: Timestamp) -> Result<Reconciled> {
    let began = Instant::now();
    let due = app.store.work_due(Kind::Operation, now, PER_SHARD).await?;
    let in_time = stream::iter(due).take_while(|_| std::future::ready(began.elapsed() < BEGINS_FOR));
    let looks = in_time.map(|work| look(app, work, now)).buffer_unordered(CONCURRENCY);
    Ok(looks.fold(Reconciled::default(), |done, look| std::future::ready(done.and(look))).await)
}

/// Settles an operation, or counts it if it needs a person.
async fn look(app: &App, work: Work, now: Timestamp) -> Reconciled {
    let look = finish(app, work, now).await.unwrap_or_else(|error| {
        let (order, pool) = (app.edge.log_id(work.order), work.scope);
        tracing::warn!(error = %Chain(&error), order, %pool, "an operation cannot be looked at");
        // What nobody can read does not mend itself.
        Reconciled { stuck: usize::from(!error.is_transient()), ..Reconciled::default() }
    });
    if look.stuck > 0 {
        metrics::count("OperationStuck", 1);
    }
    look
}

async fn finish(app: &App, work: Work, now: Timestamp) -> Result<Reconciled> {
    let order = app.store.order_fetch(work.scope, work.order).await?.ok_or(Error::NotFound("order"))?;
    let Some(active) = order.active_operation.clone() else { return Ok(Reconciled::default()) };
    let Err(open) = settle_operation(app, &order, &active, now).await else {
        return Ok(Reconciled { settled: 1, ..Reconciled::default() });
    };
    let pool = order.scope;
    tracing::warn!(error = %Chain(&open), order = app.edge.log_id(order.id), %pool, "operation not settled yet");
    let is_at_work = matches!(&open, Open::Silent(silent) if silent.is_at_work());
    let stuck = usize::from(active.is_stuck(is_at_work, now));
    leave_for_later(app, order, now).await;
    Ok(Reconciled { stuck, ..Reconciled::default() })
}

/// Lets the operation stand behind those that can be settled. Where that fails it is due as before; and who got on with
/// the order meanwhile is not disturbed.
async fn leave_for_later(app: &App, order: Order, now: Timestamp) {
    let later = order.look_again_later(now);
    if let Err(error) = app.store.transaction().replace("order", &later).commit().await {
        tracing::warn!(error = %Chain(&error), "an operation could not be left for later");
    }
}

async fn settle_operation(
    app: &App,
    order: &Order,
    active: &ActiveOperation,
    now: Timestamp,
) -> std::result::Result<(), Open> {
    let place = (order.scope, order.id);
    match &active.operation {
        Operation::Pay(payment) => {
            let outcome = ask::charge(app, payment, active.started_at, now).await?;
            settle::settle(&app.store, place, payment.id, outcome).await?;
        }
        Operation::Refund { id, .. } => {
            let payment = refund::paid_payment(&app.store, order).await?;
            let outcome = ask::refund(app, *id, &payment, active.started_at, now).await?;
            refund::settle(&app.store, place, *id, outcome).await?;
        }
    }
    Ok(())
}

impl Reconciled {
    const fn and(self, more: Self) -> Self {
        Self { settled: self.settled + more.settled, stuck: self.stuck + more.stuck }
    }
}
