//! What cannot be sent now because its lane is at a cap: no try is counted; the message goes to the slow queue and
//! comes again in a few seconds. After eight hops it rests in the due index instead, from where the sweeper sends it
//! afresh: Lambda stops a chain of messages after sixteen
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>).

use std::time::Duration;

use domain::delivery::Delivery;
use domain::{Error, Result, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, fault};
use queue::{DeliveryMessage, Outgoing, QueueName};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

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

/// Messages that one call sends.
const TOGETHER_MAX: usize = 10;
/// How long the first of them waits for others.
const TOGETHER: Duration = Duration::from_millis(200);

/// Takes the messages of a batch that go back.
pub(crate) struct HeldBack(UnboundedSender<Outgoing>);

/// Sends what [`HeldBack`] takes.
pub(crate) struct Returning(UnboundedReceiver<Outgoing>);

/// Both ends of what goes back.
pub(crate) fn pair() -> (HeldBack, Returning) {
    let (taken, returning) = mpsc::unbounded_channel();
    (HeldBack(taken), Returning(returning))
}

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
        let outgoing = Outgoing::new(hopped, delay_secs);
        self.0.send(outgoing).map_err(|_| Error::fault("nobody sends what is held back"))
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
}

impl Returning {
    /// Sends messages back in tens until the batch is over, without waiting for the slowest of it. What the queue refuses
    /// is brought back by its row's `due`.
    pub(crate) async fn send(mut self, app: &App) {
        let mut messages = Vec::new();
        while self.gather(&mut messages).await {
            fault::point("hand_back.before_send");
            if let Err(error) = app.queues.send(QueueName::Slow, &messages).await {
                tracing::warn!(error = %Chain(&error), "capped deliveries wait for the sweeper");
            }
            fault::point("hand_back.after_send");
            messages.clear();
        }
    }

    /// Waits for a message and then for its company; whether there is one.
    async fn gather(&mut self, messages: &mut Vec<Outgoing>) -> bool {
        if self.0.recv_many(messages, TOGETHER_MAX).await == 0 {
            return false;
        }
        let until = Instant::now() + TOGETHER;
        while let left @ 1.. = TOGETHER_MAX.saturating_sub(messages.len()) {
            // 0: the batch is over.
            if !matches!(timeout_at(until, self.0.recv_many(messages, left)).await, Ok(1..)) {
                break;
            }
        }
        true
    }
}

async fn rest(app: &App, delivery: Delivery, at: Timestamp) -> Result<()> {
    let before = delivery.due;
    let delivery = delivery.rest(at);
    let commit = app.store.delivery_replace(&delivery, delivery.attempt, before).await?;
    tracing::debug!(delivery.rests = commit == store::Commit::Done, "a capped delivery rests");
    Ok(())
}
