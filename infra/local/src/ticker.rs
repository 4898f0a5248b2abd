//! Runs something again and again, as a schedule does in AWS: each run is awaited, so two never overlap, and an
//! error or a panic is logged and the next run comes all the same.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::function::{TickFunction, invoke_fallible};
use crate::waker::Waker;

/// The longest that Lambda lets a function run.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Something that runs at start and then after every pause.
pub struct Ticker {
    /// What it is called in logs.
    pub name: &'static str,
    /// The pause between the end of one run and the beginning of the next.
    pub every: Duration,
    /// What runs.
    pub function: TickFunction,
    /// Who is told after each run that something may have been written.
    pub waker: Waker,
}

impl Ticker {
    /// Runs until `stop`; a run that has begun is finished first.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = invoke_fallible(LIMIT, (self.function)()).await {
                tracing::error!(ticker = self.name, %error, "a tick failed");
            }
            self.waker.wake();
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn it_runs_at_start_and_goes_on_after_errors_and_panics() {
        let (told, mut ran) = mpsc::unbounded_channel();
        let runs = AtomicUsize::new(0);
        let function: TickFunction = Arc::new(move || {
            let run = runs.fetch_add(1, Ordering::SeqCst);
            told.send(run).unwrap();
            async move {
                match run {
                    0 => Err("no database".into()),
                    1 => panic!("boom"),
                    _ => Ok(()),
                }
            }
            .boxed()
        });
        let stop = CancellationToken::new();
        let ticker =
            Ticker { name: "test", every: Duration::from_millis(1), function, waker: Waker::default() };
        let running = tokio::spawn(ticker.run(stop.clone()));
        for expected in 0..4 {
            assert_eq!(ran.recv().await, Some(expected));
        }
        stop.cancel();
        running.await.unwrap();
    }
}
