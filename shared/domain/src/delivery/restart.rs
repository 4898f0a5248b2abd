//! Trying again by hand: `retry` of one delivery, and `recover` of an endpoint's.

use super::{Delivery, DeliveryStatus, Due};
use crate::error::{Error, Result};
use crate::event::EventType;
use crate::time::{SECOND_MS, Timestamp};

/// After this whoever is sending now is done or dead: the send's limit and the database's patience.
const UNDER_WAY_SECS: u32 = 20;

impl Delivery {
    /// The same delivery at the beginning of its schedule, to be tried at `at`. What was pending is superseded: a
    /// message for it names another try and is dropped.
    ///
    /// # Errors
    /// [`Error::Conflict`] `delivery_in_progress` while it is being sent.
    pub fn restart(mut self, at: Timestamp, now: Timestamp) -> Result<Self> {
        if self.is_under_way(now) {
            return Err(Error::Conflict {
                code: "delivery_in_progress",
                detail: "It is being sent just now.".to_owned(),
                retry_after_secs: Some(UNDER_WAY_SECS),
            });
        }
        if self.due.is_some_and(|due| due.is_sent) {
            self.attempt += 1;
        }
        self.status = DeliveryStatus::Pending;
        self.chain_start = self.attempt;
        self.heals = 0;
        self.is_leased = false;
        self.due = Some(Due::scheduled(at));
        self.restarted_at = Some(now);
        self.ended_at = None;
        Ok(self)
    }

    /// Whether its message must have arrived and its outcome is not recorded yet.
    fn is_under_way(&self, now: Timestamp) -> bool {
        let is_sent = self.due.is_some_and(|due| due.is_sent && due.at > now);
        is_sent && self.next_try_at().is_some_and(|at| at <= now.plus_ms(SECOND_MS))
    }

    /// Whether `recover`, asked for at `asked_at`, restarts it: it rests, was made or came to rest since then, and no earlier
    /// run of the same job restarted it. A test told what there was to tell when it failed.
    #[must_use]
    pub fn is_recoverable(&self, since: Timestamp, asked_at: Timestamp) -> bool {
        matches!(self.status, DeliveryStatus::Failed | DeliveryStatus::Paused)
            && self.event_type != Some(EventType::WebhookTest)
            && self.created_at <= asked_at
            && (self.created_at >= since || self.ended_at.is_some_and(|ended| ended >= since))
            && self.restarted_at.is_none_or(|at| at < asked_at)
    }
}
