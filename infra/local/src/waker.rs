//! Wakes the stream's pollers when something may have been written, so that they need not ask all the time.

use std::time::Duration;

use tokio::sync::watch;

/// How long a poller sleeps when nobody wakes it. Lambda asks a shard four times a second.
pub const IDLE: Duration = Duration::from_millis(250);

/// A cheap handle that wakes every poller.
#[derive(Clone, Debug, Default)]
pub struct Waker {
    sender: watch::Sender<()>,
}

/// What one poller listens with. Woken while it does not listen, it looks once more.
#[derive(Debug)]
pub struct Listener {
    receiver: watch::Receiver<()>,
    idle: Duration,
}

impl Waker {
    /// Says that something may have been written.
    pub fn wake(&self) {
        self.sender.send_replace(());
    }

    /// A listener for one poller.
    #[must_use]
    pub fn listener(&self) -> Listener {
        Listener { receiver: self.sender.subscribe(), idle: IDLE }
    }
}

impl Listener {
    /// Waits to be woken, or for its time to be over.
    pub(crate) async fn woken(&mut self) {
        match tokio::time::timeout(self.idle, self.receiver.changed()).await {
            Ok(Ok(())) => {}
            // Nobody is left to wake it, so it must not ask without a pause.
            Ok(Err(_)) => tokio::time::sleep(self.idle).await,
            Err(_) => tracing::trace!("nobody woke the poller"),
        }
    }

    /// The same, which looks by itself only after `idle`.
    #[cfg(test)]
    pub(crate) fn idling(self, idle: Duration) -> Self {
        Self { idle, ..self }
    }

    /// Whether it was woken since it was last asked.
    #[cfg(test)]
    pub(crate) async fn is_woken(&mut self) -> bool {
        use futures_util::FutureExt;
        self.receiver.changed().now_or_never().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Waker;

    #[tokio::test]
    async fn everyone_who_listens_is_woken_once() {
        let waker = Waker::default();
        let (mut one, mut other) = (waker.listener(), waker.listener());
        assert!(!one.is_woken().await);
        waker.wake();
        waker.wake();
        assert!(one.is_woken().await && other.is_woken().await);
        assert!(!one.is_woken().await && !other.is_woken().await);
    }
}
