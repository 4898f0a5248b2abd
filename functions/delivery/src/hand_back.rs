//! What cannot be sent now because its lane is at a cap: no try is counted; the message goes to the slow queue and
//! comes again in a few seconds. After eight hops it rests in the due index instead, from where the sweeper sends it
//! afresh: Lambda stops a chain of messages after sixteen
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>).

use std::sync::{Mutex, PoisonError};

use domain::delivery::Delivery;
use domain::{Result, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, fault};
use queue::{DeliveryMessage, Outgoing, QueueName};

use crate::App;

/// Messages that follow one another before a delivery rests: half of what Lambda lets pass.
pub(crate) const HOPS_MAX: u8 = 8;
/// Shortest wait of a message that is handed back, in seconds; the longest is five.
const DELAY_MIN_SECS: f64 = 1.0;
const DELAY_SPREAD_SECS: f64 = 4.0;
/// How long a delivery rests in the due index.
const REST_MS: i64 = 10_000;
/// A lane that opens within this is waited for by a message.
const SOON_MS: i64 = 5_000;
/// Share of a longer wait over which deliveries are spread behind it.
const SPREAD: f64 = 0.5;

/// The messages of a batch that go back, sent together.
#[derive(Default)]
pub(crate) struct HeldBack(Mutex<Vec<Outgoing>>);

impl HeldBack {
    /// Takes `message` back, or lays its delivery to rest.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub(crate) async fn add(&self, app: &App, message: DeliveryMessage, delivery: Delivery) -> Result<()> {
        if message.hops >= HOPS_MAX {
            return rest(app, delivery, clock::now().plus_ms(REST_MS)).await;
        }
        let hopped = DeliveryMessage { hops: message.hops + 1, ..message };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 5 seconds")]
        let delay_secs = (DELAY_MIN_SECS + DELAY_SPREAD_SECS * clock::fraction()).round() as u16;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Outgoing::new(hopped, delay_secs));
        Ok(())
    }

    /// Takes `message` back until then: by a message where that is soon, else by the due index. A delivery that was claimed
    /// rests too, for its message would find the lease.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub(crate) async fn until(
        &self,
        app: &App,
        message: DeliveryMessage,
        delivery: Delivery,
        until: Timestamp,
    ) -> Result<()> {
        let wait_ms = until.since_ms(clock::now());
        if wait_ms <= SOON_MS && !delivery.is_leased {
            return self.add(app, message, delivery).await;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most minutes")]
        let spread_ms = (wait_ms as f64 * SPREAD * clock::fraction()) as i64;
        rest(app, delivery, until.plus_ms(spread_ms)).await
    }

    /// Sends everything back in tens. What the queue refuses is brought back by its row's `due`.
    pub(crate) async fn send(self, app: &App) {
        let messages = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        if messages.is_empty() {
            return;
        }
        fault::point("hand_back.before_send");
        if let Err(error) = app.queues.send(QueueName::Slow, &messages).await {
            tracing::warn!(error = %Chain(&error), "capped deliveries wait for the sweeper");
        }
        fault::point("hand_back.after_send");
    }
}

async fn rest(app: &App, delivery: Delivery, at: Timestamp) -> Result<()> {
    let before = delivery.due;
    let delivery = delivery.rest(at);
    let commit = app.store.delivery_replace(&delivery, delivery.attempt, before).await?;
    tracing::debug!(delivery.rests = commit == store::Commit::Done, "a capped delivery rests");
    Ok(())
}
