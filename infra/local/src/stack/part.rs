//! Tasks that stop together.

use std::future::Future;

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// Tasks that stop together.
pub(super) struct Part {
    stop: CancellationToken,
    tasks: TaskTracker,
    _guard: DropGuard,
}

impl Part {
    pub(super) fn new() -> Self {
        let stop = CancellationToken::new();
        Self { _guard: stop.clone().drop_guard(), stop, tasks: TaskTracker::new() }
    }

    pub(super) fn spawn<F: Future<Output = ()> + Send + 'static>(
        &self,
        run: impl FnOnce(CancellationToken) -> F,
    ) {
        self.tasks.spawn(run(self.stop.clone()));
    }

    pub(super) async fn finish(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
