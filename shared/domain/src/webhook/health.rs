//! How an endpoint fares, noted on transitions only: the first failure after a success, a success after failures,
//! `410 Gone`, and five days of nothing but failures, which switch it off.

use super::{Endpoint, EndpointStatus};
use crate::event::EventType;
use crate::time::{DAY_MS, MINUTE_MS, SECOND_MS, Timestamp};

/// Nothing but failures for this long switches an endpoint off.
const FAILING_MAX_MS: i64 = 5 * DAY_MS;
/// Whoever has only failed for this long is waited for where nobody else waits.
const ONLY_FAILS_MS: i64 = 5 * SECOND_MS;
/// Whoever comes back after less was never missed.
const RECOVERED_AFTER_MS: i64 = MINUTE_MS;

/// What a try says of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It took the delivery.
    Well,
    /// It did not.
    Failing,
    /// It wants no more.
    Gone,
}

/// What a try changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The endpoint from now on.
    pub endpoint: Endpoint,
    /// What the owner's other endpoints are told.
    pub told: Option<EventType>,
}

impl Endpoint {
    /// Whether it has done nothing but fail for a while, and not just once.
    #[must_use]
    pub fn only_fails(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.since_ms(since) >= ONLY_FAILS_MS)
    }

    /// What a try that began at `at` changes, if anything.
    #[must_use]
    pub fn after_try(&self, health: Health, at: Timestamp) -> Option<Change> {
        let failing_ms = self.failing_since.map(|since| at.since_ms(since));
        let (status, failing_since, told) = match (health, failing_ms) {
            (Health::Well, None) => return None,
            (Health::Well, Some(ms)) => {
                let told = (ms >= RECOVERED_AFTER_MS).then_some(EventType::EndpointRecovered);
                (self.status, None, told)
            }
            (Health::Gone, _) => {
                (EndpointStatus::Gone, self.failing_since, Some(EventType::EndpointDisabled))
            }
            (Health::Failing, None) => (self.status, Some(at), None),
            (Health::Failing, Some(ms)) if ms >= FAILING_MAX_MS => {
                (EndpointStatus::Failing, self.failing_since, Some(EventType::EndpointDisabled))
            }
            (Health::Failing, Some(_)) => return None,
        };
        let endpoint = Self { status, failing_since, version: self.version + 1, ..self.clone() };
        Some(Change { endpoint, told })
    }
}
