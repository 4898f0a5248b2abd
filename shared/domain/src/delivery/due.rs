//! When somebody must look at a delivery again, and how late it is by then.

use super::Delivery;
use crate::time::{MINUTE_MS, Timestamp};

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
}
