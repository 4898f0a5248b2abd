//! Deliveries: one event for one target, with every HTTP try. The row is the truth; queue messages only wake it.

mod restart;

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{Event, EventType};
use crate::id::{EndpointId, EventId, OrderId, RequestId, UserId, parse_uuid};
use crate::pet::wire_enum;
use crate::retry::{Schedule, TRIES_MAX};
use crate::tenant::Scope;
use crate::time::{MINUTE_MS, Timestamp};
use crate::webhook::{Endpoint, EndpointStatus, Sealed};

/// Names a delivery by what it is made of: the target (endpoint or callback request) and the event. A replayed stream
/// record derives the same id, so it makes the same row; and the row's key follows from the id, so no index is paid
/// for. Printed as two UUIDs joined by `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId {
    target: Uuid,
    event: Uuid,
}

impl DeliveryId {
    /// The delivery of `event` to `endpoint`.
    #[must_use]
    pub const fn webhook(endpoint: EndpointId, event: EventId) -> Self {
        Self { target: endpoint.uuid(), event: event.uuid() }
    }

    /// The delivery of a callback request's result.
    #[must_use]
    pub const fn callback(request: RequestId) -> Self {
        Self { target: request.uuid(), event: request.uuid() }
    }

    /// The endpoint; `None` for a callback, whose request is target and event in one.
    #[must_use]
    pub fn endpoint(&self) -> Option<EndpointId> {
        (self.target != self.event).then(|| EndpointId::new(self.target))
    }

    /// Endpoint or callback request.
    #[must_use]
    pub const fn target(&self) -> Uuid {
        self.target
    }

    /// The event's id, or the callback request's; the `webhook-id`.
    #[must_use]
    pub const fn event(&self) -> Uuid {
        self.event
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (target, event) = text.split_once('_')?;
        Some(Self { target: parse_uuid(target).ok()?, event: parse_uuid(event).ok()? })
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.target.hyphenated(), self.event.hyphenated())
    }
}

wire_enum! {
    /// Where a delivery stands.
    DeliveryStatus {
        Pending = "PENDING", Delivered = "DELIVERED", Failed = "FAILED", Paused = "PAUSED",
    }
}

/// Whom a delivery is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A standing endpoint; URL and secrets are read from it at every try.
    Endpoint {
        /// The endpoint.
        id: EndpointId,
        /// Who made it; in the shared pool part of its key.
        owner: UserId,
    },
    /// A callback: URL and caller travel with the delivery.
    Callback {
        /// The order asked about.
        order_id: OrderId,
        /// The request.
        request_id: RequestId,
        /// Who asked; a guest's request has its own secret.
        caller: Option<UserId>,
        /// Where to call, sealed.
        url: Sealed,
    },
}

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

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The pool it belongs to.
    pub scope: Scope,
    /// Whom it is for.
    pub target: Target,
    /// What it tells; `None` for a callback.
    pub event_type: Option<EventType>,
    /// The order's version, for `X-Petstore-Order-Version`.
    pub order_version: Option<u64>,
    /// The bytes to send, rendered once.
    pub body: String,
    /// When failed tries are repeated.
    pub schedule: Schedule,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The next try's number, from 1. A message with another number is stale.
    pub attempt: u32,
    /// When somebody must look at it again; `None` once it is final.
    pub due: Option<Due>,
    /// How often the sweeper sent it again since its last try.
    pub heals: u32,
    /// Whether a worker holds it until `due`; other copies of its message then leave it alone.
    pub is_leased: bool,
    /// The tries so far, the last [`ATTEMPTS_KEPT`] of them.
    pub attempts: Vec<Attempt>,
    /// The try at which the schedule began: 1, or where it was begun again by hand.
    pub chain_start: u32,
    /// When it was begun again by hand.
    pub restarted_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Tries of which a delivery keeps the record: twice as many as a schedule has, for it can be begun again by hand without
/// end, and a row has room for so many answers.
pub const ATTEMPTS_KEPT: usize = 2 * TRIES_MAX;
/// How long after its expected send a delivery is looked at again, in milliseconds.
pub const GRACE_MS: i64 = 20_000;
/// The longest grace, when a queue is so long that sending again would only make it longer.
const GRACE_MAX_MS: i64 = 15 * MINUTE_MS;
/// The longest wait that a queue message can bridge (SQS `DelaySeconds`).
pub const MESSAGE_DELAY_MAX_MS: i64 = 15 * MINUTE_MS;

/// When somebody must look at a delivery that is not final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Whether a message is on its way, so that `at` is only the grace after which it counts as lost.
    pub is_sent: bool,
}

/// How long the `heals`-th message in a row is waited for.
fn grace_ms(heals: u32) -> i64 {
    GRACE_MS.saturating_mul(1 << heals.min(10)).min(GRACE_MAX_MS)
}

impl Due {
    /// A message that is to arrive at `at` is on its way, for the `heals`-th time.
    #[must_use]
    pub fn sent(at: Timestamp, heals: u32) -> Self {
        Self { at: at.plus_ms(grace_ms(heals)), is_sent: true }
    }

    /// No message is on its way: the sweeper sends one for `at`.
    #[must_use]
    pub const fn scheduled(at: Timestamp) -> Self {
        Self { at, is_sent: false }
    }

    /// What stands for a try at `at`: a message where one can wait so long, else the sweeper.
    #[must_use]
    pub fn for_try(at: Timestamp, now: Timestamp) -> Self {
        if at.since_ms(now) <= MESSAGE_DELAY_MAX_MS { Self::sent(at, 0) } else { Self::scheduled(at) }
    }
}

impl Delivery {
    /// The first try of `event`, rendered as `body`, at `endpoint`, due at `due`; for an endpoint that is switched off,
    /// a delivery that waits for it to come back.
    #[must_use]
    pub fn webhook(event: &Event, endpoint: &Endpoint, body: String, due: Due, now: Timestamp) -> Self {
        let is_on = endpoint.status == EndpointStatus::Enabled;
        Self {
            id: DeliveryId::webhook(endpoint.id, event.id),
            scope: event.scope,
            target: Target::Endpoint { id: endpoint.id, owner: endpoint.owner },
            event_type: Some(event.event_type),
            order_version: event.order_version,
            body,
            schedule: endpoint.schedule.clone(),
            status: if is_on { DeliveryStatus::Pending } else { DeliveryStatus::Paused },
            attempt: 1,
            due: is_on.then_some(due),
            heals: 0,
            is_leased: false,
            attempts: Vec::new(),
            chain_start: 1,
            restarted_at: None,
            created_at: now,
        }
    }

    /// Whether nothing more will be sent by itself.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self.status, DeliveryStatus::Pending)
    }

    /// When the next try is expected; `None` when none is.
    #[must_use]
    pub fn next_try_at(&self) -> Option<Timestamp> {
        let grace = |due: &Due| if due.is_sent { grace_ms(self.heals) } else { 0 };
        self.due.as_ref().map(|due| due.at.plus_ms(-grace(due)))
    }

    /// How long ago it was first to be tried, in milliseconds, every message that came to nothing since included; 0 while
    /// its time has not come.
    #[must_use]
    pub fn late_ms(&self, now: Timestamp) -> i64 {
        let Some(due) = self.due.filter(|due| due.at <= now) else { return 0 };
        let waited: i64 = if due.is_sent { (0..=self.heals.min(1_000)).map(grace_ms).sum() } else { 0 };
        now.since_ms(due.at) + waited
    }

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{
        ATTEMPTS_KEPT, Attempt, Delivery, DeliveryId, DeliveryStatus, Due, GRACE_MS, Next, Target, TryOutcome,
    };
    use crate::id::{EndpointId, EventId, UserId};
    use crate::retry::Schedule;
    use crate::tenant::Scope;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

    fn due(due: Due, heals: u32) -> Delivery {
        let (endpoint, event) = (EndpointId::new(Uuid::from_u128(1)), EventId::new(Uuid::from_u128(2)));
        Delivery {
            id: DeliveryId::webhook(endpoint, event),
            scope: Scope::Shared,
            target: Target::Endpoint { id: endpoint, owner: UserId::new(Uuid::from_u128(3)) },
            event_type: None,
            order_version: None,
            body: String::new(),
            schedule: Schedule::standard(),
            status: DeliveryStatus::Pending,
            attempt: 1,
            due: Some(due),
            heals,
            is_leased: false,
            attempts: Vec::new(),
            chain_start: 1,
            restarted_at: None,
            created_at: NOW,
        }
    }

    #[test]
    fn s4_however_often_it_is_begun_again_its_record_stays_small() {
        let mut delivery = due(Due::scheduled(NOW), 0);
        for number in 1..=100 {
            let answer = Some("x".repeat(4_096));
            let attempt =
                Attempt { number, at: NOW, duration_ms: 1, status: Some(500), failure: None, answer };
            let outcome = TryOutcome { attempt, succeeded: false, gone: true, retry_after_ms: None };
            let (failed, next) = delivery.record(outcome, 0.5, 1.0, NOW);
            assert_eq!(next, Next::GiveUp);
            delivery = failed.restart(NOW, NOW).unwrap();
        }
        assert_eq!(delivery.attempts.len(), ATTEMPTS_KEPT);
        assert_eq!(delivery.attempts.last().map(|attempt| attempt.number), Some(100));
    }

    #[test]
    fn how_late_it_is_counts_every_message_that_was_waited_for() {
        let after = NOW.plus_ms(1_000);
        assert_eq!(due(Due::scheduled(after), 0).late_ms(NOW), 0);
        assert_eq!(due(Due::scheduled(NOW), 0).late_ms(after), 1_000);
        assert_eq!(due(Due::sent(NOW, 0), 0).late_ms(after), 0, "its message is on its way");
        let (first, second) = (Due::sent(NOW, 0), Due::sent(NOW.plus_ms(GRACE_MS), 1));
        assert_eq!(due(first, 0).late_ms(NOW.plus_ms(GRACE_MS)), GRACE_MS);
        assert_eq!(due(second, 1).late_ms(NOW.plus_ms(3 * GRACE_MS + 5)), 3 * GRACE_MS + 5);
    }

    proptest! {
        #[test]
        fn ids_are_read_back(target in 1..u128::MAX, event in 1..u128::MAX) {
            let id = DeliveryId::webhook(EndpointId::new(Uuid::from_u128(target)), EventId::new(Uuid::from_u128(event)));
            prop_assert_eq!(DeliveryId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in ["", "_", "019b4139-1234-7abc-8def-123456789abc", "a_b"] {
            assert_eq!(DeliveryId::parse(text), None);
        }
    }
}
