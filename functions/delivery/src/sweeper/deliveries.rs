//! Deliveries that are due: those without a message a little ahead of their time, so that the queue's exact delay keeps
//! their jitter; those whose message must be lost once their grace is over.

use domain::delivery::{Delivery, Due};
use domain::time::SECOND_MS;
use domain::{Result, Timestamp};
use futures_util::stream::{self, StreamExt};
use platform::telemetry::Chain;
use platform::{fault, metrics};
use queue::{DeliveryMessage, QueueName};
use store::Commit;

use super::{App, PER_SHARD};
use crate::deliver::{delay_secs, outgoing};

/// How far ahead a sweep looks: a missed tick and a slow one are no harm.
const AHEAD_MS: i64 = 75 * SECOND_MS;
/// Rows claimed at the same time.
const CONCURRENCY: usize = 16;

pub(super) async fn sweep(app: &App, now: Timestamp) -> Result<usize> {
    let scheduled = app.store.deliveries_due(false, now.plus_ms(AHEAD_MS), PER_SHARD).await?;
    let lost = app.store.deliveries_due(true, now, PER_SHARD).await?;
    if !lost.is_empty() {
        metrics::count("DeliveryHealed", u32::try_from(lost.len()).unwrap_or(u32::MAX));
    }
    Ok(send(app, scheduled, now).await + send(app, lost, now).await)
}

async fn send(app: &App, due: Vec<Delivery>, now: Timestamp) -> usize {
    let claims = due.into_iter().map(|delivery| claim(app, delivery, now));
    let claimed = stream::iter(claims).buffer_unordered(CONCURRENCY).filter_map(std::future::ready);
    let messages: Vec<_> = claimed.collect().await;
    if messages.is_empty() {
        return 0;
    }
    fault::point("sweep.after_claim");
    let (first, later): (Vec<_>, Vec<_>) =
        messages.iter().partition::<Vec<_>, _>(|(delivery, _)| delivery.attempt == 1);
    for (queue, claimed) in [(QueueName::Deliveries, first), (QueueName::Slow, later)] {
        let outgoing: Vec<_> = claimed.iter().map(|(delivery, at)| message(delivery, *at, now)).collect();
        if outgoing.is_empty() {
            continue;
        }
        if let Err(error) = app.queues.send(queue, &outgoing).await {
            tracing::warn!(error = %Chain(&error), "some deliveries wait for another sweep");
        }
    }
    fault::point("sweep.after_send");
    messages.len()
}

fn message(delivery: &Delivery, at: Timestamp, now: Timestamp) -> queue::Outgoing {
    let message = DeliveryMessage {
        scope: delivery.scope,
        delivery_id: delivery.id,
        attempt: delivery.attempt,
        hops: 0,
    };
    outgoing(message, delay_secs(at, now))
}

/// Claims a row by moving its `due`, and answers when it is to be tried. Of two sweepers one wins.
async fn claim(app: &App, mut delivery: Delivery, now: Timestamp) -> Option<(Delivery, Timestamp)> {
    let before = delivery.due?;
    if delivery.is_final() {
        return None;
    }
    let at = if before.is_sent { now } else { before.at.max(now) };
    delivery.heals += u32::from(before.is_sent);
    delivery.is_leased = false;
    delivery.due = Some(Due::sent(at, delivery.heals));
    match app.store.delivery_replace(&delivery, delivery.attempt, Some(before)).await {
        Ok(Commit::Done) => Some((delivery, at)),
        Ok(Commit::Refused(_)) => None,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "a due delivery could not be claimed");
            None
        }
    }
}
