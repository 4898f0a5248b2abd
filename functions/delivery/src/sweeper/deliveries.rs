//! Deliveries that are due: those without a message a little ahead of their time, so that the queue's exact delay keeps
//! their jitter; those whose message must be lost once their grace is over.

use std::time::Duration;

use domain::delivery::{Delivery, GRACE_MS, Resent};
use domain::time::{MINUTE_MS, SECOND_MS};
use domain::{Error, Result, Timestamp};
use futures_util::stream::{self, StreamExt};
use platform::metrics::{self, Unit};
use platform::telemetry::Chain;
use platform::{clock, fault};
use queue::{DeliveryMessage, Outgoing, QueueName};
use store::Commit;
use tokio::time::Instant;

use super::{App, PER_SHARD};
use crate::deliver::delay_secs;

/// How far ahead a sweep looks: a missed tick and a slow one are no harm.
const AHEAD_MS: i64 = 75 * SECOND_MS;
/// Rows claimed, and batches sent, at the same time.
const CONCURRENCY: usize = 16;
/// Messages of one call to the queue.
const BATCH: usize = 10;
/// Over how long messages leave that are sent together.
const SPREAD: Duration = Duration::from_secs(1);
/// The longest pause between two calls: few messages are no burst.
const PAUSE_MAX: Duration = Duration::from_millis(20);
/// A delivery that is later than this says that something of ours stands still. `template.yaml` alarms at the same time.
pub const LATE_MAX_MS: i64 = 5 * MINUTE_MS;

/// How many messages were sent, and how late the latest delivery is, in milliseconds.
pub(super) async fn sweep(app: &App, now: Timestamp) -> Result<(usize, i64)> {
    let (scheduled, scheduled_missed) = due(app, false, now.plus_ms(AHEAD_MS)).await;
    let (lost, lost_missed) = due(app, true, now).await;
    if !lost.is_empty() {
        metrics::count("DeliveryHealed", u32::try_from(lost.len()).unwrap_or(u32::MAX));
    }
    let open = scheduled.iter().chain(&lost).filter(|delivery| !delivery.is_final());
    let late_ms = open.map(|delivery| delivery.late_ms(now)).max().unwrap_or_default();
    tell_how_late(late_ms);
    let sent = send(app, scheduled, now).await + send(app, lost, now).await;
    // What was found is sent before anybody is told that something was not.
    scheduled_missed.or(lost_missed).map_or(Ok((sent, late_ms)), Err)
}

/// The deliveries that are due, and why there may be more. Those that nobody can read are put off.
async fn due(app: &App, is_sent: bool, by: Timestamp) -> (Vec<Delivery>, Option<Error>) {
    let due = app.store.deliveries_due(is_sent, by, PER_SHARD).await;
    super::unreadable::postpone(app, &due.unreadable, clock::now()).await;
    (due.rows, due.failed)
}

/// What tells an operator that deliveries are promised and not made, whatever stands still.
fn tell_how_late(late_ms: i64) {
    if late_ms > 0 {
        #[expect(clippy::cast_precision_loss, reason = "days fit in 2^53 ms")]
        metrics::metric("DeliveryLate", late_ms as f64, Unit::Milliseconds);
    }
    if late_ms > LATE_MAX_MS {
        tracing::error!(late_ms, "deliveries are not being made; see whether the delivery function runs");
    }
}

async fn send(app: &App, due: Vec<Delivery>, now: Timestamp) -> usize {
    let claims = due.into_iter().map(|delivery| claim(app, delivery, now));
    let claimed = stream::iter(claims).buffer_unordered(CONCURRENCY).filter_map(std::future::ready);
    let claimed: Vec<_> = claimed.collect().await;
    if claimed.is_empty() {
        return 0;
    }
    fault::point("sweep.after_claim");
    let (first, later): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|one| is_new(&one.delivery, now));
    let sent = send_to(app, QueueName::Deliveries, first, now).await
        + send_to(app, QueueName::Slow, later, now).await;
    fault::point("sweep.after_send");
    sent
}

/// Whether it may stand before others' first tries: its own first try, which nobody has held back yet.
fn is_new(delivery: &Delivery, now: Timestamp) -> bool {
    let was_lost = delivery.heals > 0;
    delivery.attempt == 1 && (was_lost || now.since_ms(delivery.created_at) < GRACE_MS)
}

/// How many messages the queue took. They leave over as long as a second: the queue delays by whole seconds, so those of
/// one moment would come back in bursts, a second apart.
async fn send_to(app: &App, queue: QueueName, mut claimed: Vec<Resent>, now: Timestamp) -> usize {
    let pause = pause(claimed.len());
    let (start, mut batches) = (Instant::now(), Vec::new());
    while !claimed.is_empty() {
        let rest = claimed.split_off(claimed.len().min(BATCH));
        batches.push(std::mem::replace(&mut claimed, rest));
    }
    let sends = (0..).zip(batches).map(async |(turn, batch)| {
        let wait = pause * turn;
        tokio::time::sleep_until(start + wait).await;
        send_batch(app, queue, batch, now.plus_ms(wait.as_millis().try_into().unwrap_or_default())).await
    });
    stream::iter(sends).buffer_unordered(CONCURRENCY).fold(0, async |sum, sent| sum + sent).await
}

/// Between the batches of so many messages.
fn pause(messages: usize) -> Duration {
    let batches = u32::try_from(messages.div_ceil(BATCH)).unwrap_or(u32::MAX);
    (SPREAD / batches.max(1)).min(PAUSE_MAX)
}

/// How many messages the queue took. A row whose message it did not take is left to the next sweep.
async fn send_batch(app: &App, queue: QueueName, mut claimed: Vec<Resent>, now: Timestamp) -> usize {
    let outgoing: Vec<_> = claimed.iter().map(|one| message(one, now)).collect();
    let Err(error) = app.queues.send(queue, &outgoing).await else { return outgoing.len() };
    tracing::warn!(error = %Chain(&error), "some deliveries wait for another sweep");
    let refused = error.failed.iter().rev().map(|place| claimed.swap_remove(*place));
    let refused: Vec<_> = refused.collect();
    let count = refused.len();
    stream::iter(refused).for_each_concurrent(CONCURRENCY, |one| give_back(app, one)).await;
    outgoing.len() - count
}

fn message(claimed: &Resent, now: Timestamp) -> Outgoing {
    let delivery = &claimed.delivery;
    let message = DeliveryMessage {
        scope: delivery.scope,
        delivery_id: delivery.id,
        attempt: delivery.attempt,
        hops: 0,
    };
    Outgoing::new(message, delay_secs(claimed.at, now))
}

/// Claims a row by moving its `due`. Of two sweepers one wins.
async fn claim(app: &App, delivery: Delivery, now: Timestamp) -> Option<Resent> {
    let before = delivery.due;
    let resent = delivery.resend(now)?;
    match app.store.delivery_replace(&resent.delivery, resent.delivery.attempt, before).await {
        Ok(Commit::Done) => Some(resent),
        Ok(Commit::Refused(_)) => None,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "a due delivery could not be claimed");
            None
        }
    }
}

/// Undoes a claim whose message the queue did not take, so that the next sweep sends it rather than waiting for a message
/// that does not exist. What cannot be undone is found when its grace is over.
async fn give_back(app: &App, resent: Resent) {
    let before = resent.delivery.due;
    let delivery = resent.undo();
    if let Err(error) = app.store.delivery_replace(&delivery, delivery.attempt, before).await {
        tracing::warn!(error = %Chain(&error), "a due delivery could not be given back");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_leave_over_as_long_as_a_second() {
        let takes = |messages: usize| pause(messages) * u32::try_from(messages.div_ceil(BATCH)).unwrap();
        assert_eq!([10, 100, 500].map(takes), [20, 200, 1_000].map(Duration::from_millis));
        assert!((900..=1_000).contains(&takes(6_400).as_millis()));
        assert_eq!(pause(0), PAUSE_MAX);
    }
}
