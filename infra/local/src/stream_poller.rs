//! The stream's event source mapping: reads records in order, filters them, starts the function with batches, and
//! keeps Lambda's rules when one fails.
//!
//! Guarantees, as in Lambda: every record that passes the filter reaches the function at least once and in order;
//! nothing behind a failed record is checkpointed; the first record of a batch waits for others until the batch is full
//! or the batching window over, once. Where it is stricter or simpler than AWS: one invocation at a time instead of
//! `ParallelizationFactor`, and retries without end, which is what the template asks for.

mod batch;
pub mod reader;
mod record;

use std::time::Duration;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::checkpoint::Checkpoint;
use crate::filter::Filter;
use crate::function::{InvokeError, StreamFunction, invoke_fallible};
use crate::waker::{IDLE, Listener};
use batch::{Batches, Outcome};
use reader::Reader;

/// The first pause after a failure; it doubles up to [`BACKOFF_MAX`] until something succeeds.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// One mapping of one table's stream to one function.
pub struct StreamPoller {
    /// Reads the stream.
    pub reader: Reader,
    /// Which records start the function.
    pub filter: Filter,
    /// Records per invocation at most.
    pub batch_size: usize,
    /// How long the first record of a batch waits for others; zero: it does not.
    pub window: Duration,
    /// Whether a batch that failed as a whole is halved.
    pub bisect: bool,
    /// Whether the function says which records failed.
    pub partial_failures: bool,
    /// The function's time limit.
    pub timeout: Duration,
    /// The function.
    pub function: StreamFunction,
    /// How far the stream has been read.
    pub checkpoint: Checkpoint,
    /// What wakes it.
    pub waker: Listener,
}

impl StreamPoller {
    /// Runs until `stop`; an invocation that has begun is finished and checkpointed first. Records that still wait for
    /// others come again.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut batches = Batches::new(self.batch_size, self.window, self.bisect);
        let mut backoff = BACKOFF_MIN;
        while !stop.is_cancelled() {
            match self.step(&mut batches, &stop).await {
                Step::Progress => backoff = BACKOFF_MIN,
                Step::Idle => unless(&stop, self.waker.woken()).await,
                Step::Failed => {
                    unless(&stop, tokio::time::sleep(backoff)).await;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                }
            }
        }
    }

    /// Reads when nothing is left to do or a batch waits for more, else invokes once.
    async fn step(&mut self, batches: &mut Batches, stop: &CancellationToken) -> Step {
        if batches.is_empty() {
            return self.read(batches).await;
        }
        if let Some(end) = batches.open_until(Instant::now()) {
            return tokio::select! {
                () = stop.cancelled() => Step::Idle,
                step = self.gather(batches, end) => step,
            };
        }
        self.hand_over(batches).await
    }

    /// Looks for more at the window's `end`, and meanwhile as often as Lambda does, to see the batch full. It is not
    /// woken for it: under load it would be by every write, and read the stream for one record at a time.
    async fn gather(&mut self, batches: &mut Batches, end: Instant) -> Step {
        tokio::time::sleep_until(end.min(Instant::now() + IDLE)).await;
        self.read(batches).await
    }

    async fn hand_over(&self, batches: &mut Batches) -> Step {
        let outcome = outcome(self.invoke(batches.next()).await, self.partial_failures);
        let progress = matches!(outcome, Outcome::Succeeded);
        if let Some(sequence) = batches.settle(&outcome) {
            self.advance(&sequence);
        }
        if progress { Step::Progress } else { Step::Failed }
    }

    async fn read(&mut self, batches: &mut Batches) -> Step {
        // Behind what waits here already, which the checkpoint is not.
        let from = batches.read_to().map(str::to_owned).or_else(|| self.checkpoint.sequence());
        let records = match self.reader.read(from.as_deref()).await {
            Ok(records) => records,
            Err(error) => {
                tracing::warn!(error = crate::error::with_causes(&error), "the stream cannot be read");
                return Step::Failed;
            }
        };
        if records.is_empty() {
            return if batches.is_empty() { Step::Idle } else { Step::Progress };
        }
        if let Some(passed) = batches.fill(records, &self.filter, Instant::now()) {
            self.advance(&passed);
        }
        Step::Progress
    }

    async fn invoke(&self, records: Vec<EventRecord>) -> Result<batch::Failures, InvokeError> {
        let mut event = Event::default();
        event.records = records;
        let response = invoke_fallible(self.timeout, (self.function)(event)).await?;
        Ok(response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect())
    }

    fn advance(&self, sequence: &str) {
        if let Err(error) = self.checkpoint.advance(sequence) {
            tracing::warn!(%error, "the stream's checkpoint cannot be written; a restart will repeat records");
        }
    }
}

enum Step {
    Progress,
    Idle,
    Failed,
}

fn outcome(answer: Result<batch::Failures, InvokeError>, partial_failures: bool) -> Outcome {
    match answer {
        Ok(failures) if partial_failures && !failures.is_empty() => {
            tracing::warn!(failed = failures.len(), "the stream function failed for some records");
            Outcome::Partial(failures)
        }
        Ok(_) => Outcome::Succeeded,
        Err(error) => {
            tracing::error!(%error, "the stream function failed");
            Outcome::Failed
        }
    }
}

async fn unless(stop: &CancellationToken, waiting: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = waiting => {}
    }
}

#[cfg(test)]
mod tests;
