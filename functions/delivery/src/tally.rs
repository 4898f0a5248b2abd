//! How tries and deliveries ended, counted for operators: in this environment, told once a batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use platform::metrics;

/// Counts since they were last told. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    succeeded: AtomicU32,
    failed: AtomicU32,
    given_up: AtomicU32,
}

impl Tally {
    /// One more try that was sent.
    pub(crate) fn tried(&self, succeeded: bool) {
        let count = if succeeded { &self.0.succeeded } else { &self.0.failed };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// One more delivery that will not be tried again.
    pub(crate) fn gave_up(&self) {
        self.0.given_up.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells what was counted, and begins anew.
    pub(crate) fn tell(&self) {
        let Counts { succeeded, failed, given_up } = &*self.0;
        let counts =
            [("AttemptSucceeded", succeeded), ("AttemptFailed", failed), ("DeliveryGivenUp", given_up)];
        metrics::counts(&counts.map(|(name, count)| (name, count.swap(0, Ordering::Relaxed))));
    }
}
