//! Whose turn a try is: messages that find work, leases, rests, and messages that are sent again (docs/adr/0004, 0006).

use super::{Delivery, Due};
use crate::time::Timestamp;

/// A delivery that gets another message, in place of one that was lost or that could not wait so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resent {
    /// The delivery, as it stands once the message is sent.
    pub delivery: Delivery,
    /// When it is to be tried.
    pub at: Timestamp,
    /// What stands for it if no queue takes the message.
    unsent: Due,
    /// How often it had been sent again before.
    heals: u32,
}

impl Delivery {
    /// Whether a message for the try `attempt` finds work: that try is the next one, and no worker holds a lease on it.
    #[must_use]
    pub fn awaits(&self, attempt: u32, now: Timestamp) -> bool {
        let is_held = self.is_leased && self.due.is_some_and(|due| due.at > now);
        !self.is_final() && self.attempt == attempt && !is_held
    }

    /// Whether its message, which came after so many `hops`, may have copies, so that whoever tries it takes a lease
    /// first. A first try that comes straight from its event does not: its copies are as rare as crashes.
    #[must_use]
    pub const fn may_have_copies(&self, hops: u8) -> bool {
        self.attempt > 1 || hops > 0 || self.heals > 0
    }

    /// Held by whoever tries it now.
    #[must_use]
    pub fn lease(self, now: Timestamp) -> Self {
        Self { is_leased: true, due: Some(Due::sent(now, 0)), ..self }
    }

    /// Without a message, and nobody's, until the sweeper sends one for `at`.
    #[must_use]
    pub fn rest(self, at: Timestamp) -> Self {
        Self { is_leased: false, due: Some(Due::scheduled(at)), ..self }
    }

    /// With another message, at its time or at once where that is over; `None` for one that is final. A message that was
    /// lost counts: each in a row is waited for longer.
    #[must_use]
    pub fn resend(self, now: Timestamp) -> Option<Resent> {
        let due = self.due.filter(|_| !self.is_final())?;
        let at = if due.is_sent { now } else { due.at.max(now) };
        let unsent = Due::scheduled(if due.is_sent { now.plus_ms(-self.late_ms(now)) } else { due.at });
        let heals = self.heals + u32::from(due.is_sent);
        let before = self.heals;
        let delivery = Self { heals, is_leased: false, due: Some(Due::sent(at, heals)), ..self };
        Some(Resent { delivery, at, unsent, heals: before })
    }
}

impl Resent {
    /// As if no message had been sent: the next sweep sends one, and how late it is stays known.
    #[must_use]
    pub fn undo(self) -> Delivery {
        Delivery { due: Some(self.unsent), heals: self.heals, ..self.delivery }
    }
}
