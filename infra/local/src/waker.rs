//! Wakes the stream poller when something may have been written, so that it need not ask all the time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// How long the poller sleeps when nobody wakes it. Lambda asks a shard four times a second.
pub const IDLE: Duration = Duration::from_millis(250);

/// A cheap handle that wakes one poller. Waking a poller that is awake makes it look once more.
#[derive(Clone, Debug, Default)]
pub struct Waker {
    notify: Arc<Notify>,
}

impl Waker {
    /// Says that something may have been written.
    pub fn wake(&self) {
        self.notify.notify_one();
    }

    /// Waits to be woken, or for [`IDLE`].
    pub(crate) async fn woken(&self) {
        if tokio::time::timeout(IDLE, self.notify.notified()).await.is_err() {
            tracing::trace!("nobody woke the poller");
        }
    }

    /// Whether it was woken since it was last asked.
    #[cfg(test)]
    pub(crate) async fn is_woken(&self) -> bool {
        use futures_util::FutureExt;
        self.notify.notified().now_or_never().is_some()
    }
}
