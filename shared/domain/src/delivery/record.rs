//! What a try says, and what follows it.

use serde::{Deserialize, Serialize};

use super::{Delivery, DeliveryStatus, Due};
use crate::retry::TRIES_MAX;
use crate::time::Timestamp;

/// Tries of which a delivery keeps the record: twice as many as a schedule has, for it can be begun again by hand without
/// end, and a row has room for so many answers.
pub const ATTEMPTS_KEPT: usize = 2 * TRIES_MAX;
/// One HTTP try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u32,
    /// The answer's status; `None` when there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was none: `timeout`, `connect`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The first bytes of the answer's body, for the endpoint's owner only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// How one try ended, as far as the schedule cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TryOutcome {
    /// The try to log.
    pub attempt: Attempt,
    /// A 2xx answer.
    pub succeeded: bool,
    /// A 410 answer: the endpoint is gone.
    pub gone: bool,
    /// What the receiver asked us to wait, in milliseconds.
    pub retry_after_ms: Option<i64>,
}

/// What follows a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It arrived.
    Done,
    /// Try again at that time.
    RetryAt(Timestamp),
    /// It was the last try, or the target is gone.
    GiveUp,
}

impl Delivery {
    /// Records a try and decides what follows. `random` in 0..1 decides the jitter.
    #[must_use]
    pub fn record(mut self, outcome: TryOutcome, random: f64, scale: f64, now: Timestamp) -> (Self, Next) {
        let attempt = self.attempt;
        self.attempts.push(outcome.attempt);
        self.attempts.drain(..self.attempts.len().saturating_sub(ATTEMPTS_KEPT));
        self.attempt += 1;
        self.heals = 0;
        self.is_leased = false;
        let step = (attempt + 1).saturating_sub(self.chain_start);
        let wait = self.schedule.wait_ms(step, random, outcome.retry_after_ms).filter(|_| !outcome.gone);
        let next = match wait {
            _ if outcome.succeeded => Next::Done,
            Some(wait_ms) => Next::RetryAt(now.plus_ms(scaled(wait_ms, scale))),
            None => Next::GiveUp,
        };
        (self.status, self.due) = match next {
            Next::Done => (DeliveryStatus::Delivered, None),
            Next::GiveUp => (DeliveryStatus::Failed, None),
            Next::RetryAt(at) => (DeliveryStatus::Pending, Some(Due::for_try(at, now))),
        };
        (self, next)
    }
}

/// A wait divided by the local stack's `--retry-scale`; at least a millisecond.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a week fits in 2^53 ms")]
fn scaled(wait_ms: i64, scale: f64) -> i64 {
    ((wait_ms as f64 / scale.max(f64::MIN_POSITIVE)) as i64).max(1)
}
