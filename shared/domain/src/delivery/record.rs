//! What a try says, and what follows it.

use serde::{Deserialize, Serialize};

use super::{Delivery, DeliveryStatus, Due};
use crate::retry::{Jitter, TRIES_MAX, scaled};
use crate::time::{DAY_MS, Timestamp};
use crate::webhook::Health;

/// `410 Gone`: the receiver wants no more.
const GONE: u16 = 410;
/// `429 Too Many Requests`.
const TOO_MANY: u16 = 429;

/// Tries of which a delivery keeps the record: twice as many as a schedule has, for it can be begun again by hand without
/// end, and a row has room for so many answers.
pub const ATTEMPTS_KEPT: usize = 2 * TRIES_MAX;

/// How long a delivery may wait beyond the end of its schedule.
const OVERDUE_MS: i64 = DAY_MS;

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

impl Attempt {
    /// A try that never reached a receiver, and why.
    #[must_use]
    pub fn unsent(number: u32, failure: &str, at: Timestamp) -> Self {
        let failure = Some(failure.to_owned());
        Self { number, at, duration_ms: 0, status: None, failure, answer: None }
    }

    /// Whether it was answered with a 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl TryOutcome {
    /// Whether the receiver itself is in trouble: it does not answer, says so, or wants less. Other statuses are about one
    /// message and say nothing of the next.
    #[must_use]
    pub fn is_receivers_trouble(&self) -> bool {
        self.attempt.status.is_none_or(|status| status >= 500 || status == TOO_MANY)
    }

    /// What it says of the endpoint.
    #[must_use]
    pub fn health(&self) -> Health {
        match self.attempt.status {
            Some(GONE) => Health::Gone,
            _ if self.attempt.is_success() => Health::Well,
            _ => Health::Failing,
        }
    }
}

impl Delivery {
    /// Records a try and decides what follows.
    #[must_use]
    pub fn record(self, outcome: TryOutcome, jitter: Jitter, now: Timestamp) -> (Self, Next) {
        let step = (self.attempt + 1).saturating_sub(self.chain_start);
        let wait = self.schedule.wait_ms(step, jitter.random, outcome.retry_after_ms);
        let next = match (outcome.health(), wait) {
            (Health::Well, _) => Next::Done,
            (Health::Failing, Some(wait_ms)) => Next::RetryAt(now.plus_ms(scaled(wait_ms, jitter.scale))),
            (Health::Failing, None) | (Health::Gone, _) => Next::GiveUp,
        };
        let (status, due) = match next {
            Next::Done => (DeliveryStatus::Delivered, None),
            Next::GiveUp => (DeliveryStatus::Failed, None),
            Next::RetryAt(at) => (DeliveryStatus::Pending, Some(Due::for_try(at, now))),
        };
        let ended_at = due.is_none().then_some(now);
        (Self { status, due, ended_at, ..self.count(outcome.attempt) }, next)
    }

    /// Ended by a try that could not be made and never can.
    #[must_use]
    pub fn give_up(self, attempt: Attempt) -> Self {
        let ended_at = Some(attempt.at);
        Self { status: DeliveryStatus::Failed, due: None, ended_at, ..self.count(attempt) }
    }

    /// Kept for when its endpoint is switched on again; that is no try.
    #[must_use]
    pub fn pause(self, now: Timestamp) -> Self {
        Self { status: DeliveryStatus::Paused, due: None, is_leased: false, ended_at: Some(now), ..self }
    }

    /// Whether a day has passed since its schedule would have ended, longer waits that its receiver asked for included.
    /// Whoever is still kept from a receiver then is given up: one that is never well again would be waited for without
    /// end.
    #[must_use]
    pub fn is_overdue(&self, scale: f64, now: Timestamp) -> bool {
        let began = self.restarted_at.unwrap_or(self.created_at);
        let last = self.attempts.last().map(|attempt| attempt.at).filter(|at| *at >= began);
        let is_past =
            |from: Timestamp, wait_ms: i64| now.since_ms(from) >= scaled(wait_ms + OVERDUE_MS, scale);
        is_past(began, self.schedule.longest_ms())
            && last.is_none_or(|at| is_past(at, self.schedule.longest_wait_ms()))
    }

    /// After one try more, whatever follows it.
    fn count(mut self, attempt: Attempt) -> Self {
        self.attempts.push(attempt);
        self.attempts.drain(..self.attempts.len().saturating_sub(ATTEMPTS_KEPT));
        Self { attempt: self.attempt + 1, heals: 0, is_leased: false, ..self }
    }
}
