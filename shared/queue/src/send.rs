//! Sending: in tens, several batches at once, and what SQS refuses of a batch again, alone.

use std::collections::HashSet;
use std::time::Duration;

use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry as Entry;
use domain::Scope;
use futures_util::{StreamExt, stream};
use platform::clock;

use crate::{DeliveryMessage, GroupMode, QueueName, Queues, split};

/// The longest delay SQS keeps.
pub const DELAY_SECS_MAX: u16 = 900;
/// Batches under way at once.
const BATCHES_AT_ONCE: usize = 8;
/// How often an entry is sent, the first time included.
const ROUNDS: u32 = 3;
/// The wait before the second round; four times as long before the third. Halved at random.
const BACKOFF_MS: f64 = 50.0;

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What it says.
    pub message: DeliveryMessage,
    /// When it may be received; at most [`DELAY_SECS_MAX`].
    pub delay_secs: u16,
    /// Whose it is, for fair queues: the tenant, or the lane in the shared pool.
    pub group: String,
}

impl Outgoing {
    /// A message for its group: the tenant, or in the shared pool the delivery's target.
    #[must_use]
    pub fn new(message: DeliveryMessage, delay_secs: u16) -> Self {
        let group = match message.scope {
            Scope::Tenant(tenant) => tenant.to_string(),
            Scope::Shared => message.delivery_id.target().to_string(),
        };
        Self { message, delay_secs, group }
    }
}

/// Messages that SQS did not take. The others are on their way.
#[derive(Debug, thiserror::Error)]
#[error("{} of {of} messages were not taken by the queue {queue}", failed.len())]
pub struct SendError {
    /// The queue.
    pub queue: QueueName,
    /// Positions, in the list to send, of those that it did not take.
    pub failed: Vec<usize>,
    /// How many there were to send.
    pub of: usize,
    /// Why the last call failed; `None` when the calls went well and entries were refused.
    #[source]
    pub source: Option<Cause>,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl From<SendError> for domain::Error {
    fn from(error: SendError) -> Self {
        Self::unavailable("queue", error)
    }
}

/// Entries of one batch that were not taken, and why when a call failed.
struct Refused {
    entries: Vec<Entry>,
    cause: Option<Cause>,
}

impl Queues {
    /// Sends `messages`, whatever their number.
    ///
    /// # Errors
    /// [`SendError`] with the messages that were not taken after three rounds; the caller decides what that means.
    pub async fn send(&self, queue: QueueName, messages: &[Outgoing]) -> Result<(), SendError> {
        let fail = |failed, source| SendError { queue, failed, of: messages.len(), source };
        let everything = || (0..messages.len()).collect();
        let entries = self.entries(messages).map_err(|cause| fail(everything(), Some(cause)))?;
        let batches = split::batches(entries, |entry| entry.message_body().len());
        let mut outcomes = stream::iter(batches)
            .map(|batch| self.send_batch(queue, batch))
            .buffer_unordered(BATCHES_AT_ONCE);
        let (mut failed, mut source) = (Vec::new(), None);
        while let Some(refused) = outcomes.next().await {
            failed.extend(refused.entries.iter().filter_map(position));
            source = refused.cause.or(source);
        }
        failed.sort_unstable();
        if failed.is_empty() { Ok(()) } else { Err(fail(failed, source)) }
    }

    /// Each entry's id is its position in `messages`.
    fn entries(&self, messages: &[Outgoing]) -> Result<Vec<Entry>, Cause> {
        let entry = |(position, outgoing): (usize, &Outgoing)| {
            let group = (self.group == GroupMode::Fair).then(|| outgoing.group.clone());
            Entry::builder()
                .id(position.to_string())
                .message_body(outgoing.message.render())
                .delay_seconds(i32::from(outgoing.delay_secs.min(DELAY_SECS_MAX)))
                .set_message_group_id(group)
                .build()
        };
        Ok(messages.iter().enumerate().map(entry).collect::<Result<_, _>>()?)
    }

    /// What is left of `batch` after all rounds.
    async fn send_batch(&self, queue: QueueName, batch: Vec<Entry>) -> Refused {
        let mut left = Refused { entries: batch, cause: None };
        for round in 0..ROUNDS {
            if left.entries.is_empty() || left.cause.is_some() {
                break;
            }
            if round > 0 {
                tokio::time::sleep(backoff(round, clock::fraction())).await;
            }
            left = self.send_once(queue, left.entries).await;
        }
        left
    }

    /// What SQS refused of `entries`: some of them, or all when the call itself failed, which the SDK has repeated.
    async fn send_once(&self, queue: QueueName, entries: Vec<Entry>) -> Refused {
        let call =
            self.client.send_message_batch().queue_url(self.url(queue)).set_entries(Some(entries.clone()));
        match call.send().await {
            Ok(output) => Refused { entries: refused(&output, entries, queue), cause: None },
            Err(error) => Refused { entries, cause: Some(Box::new(error)) },
        }
    }
}

fn refused(output: &SendMessageBatchOutput, entries: Vec<Entry>, queue: QueueName) -> Vec<Entry> {
    let Some(first) = output.failed().first() else { return Vec::new() };
    tracing::warn!(%queue, entries = output.failed().len(), code = first.code(), "SQS refused entries of a batch");
    let ids: HashSet<_> = output.failed().iter().map(|failed| failed.id()).collect();
    entries.into_iter().filter(|entry| ids.contains(entry.id())).collect()
}

fn position(entry: &Entry) -> Option<usize> {
    entry.id().parse().ok()
}

fn backoff(round: u32, random: f64) -> Duration {
    let longest_ms = BACKOFF_MS * f64::from(4_u32.pow(round.saturating_sub(1)));
    Duration::from_secs_f64(longest_ms * (0.5 + random / 2.0) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::backoff;

    #[test]
    fn waits_grow_and_are_spread() {
        let bounds = |round| [0.0, 1.0].map(|random| backoff(round, random).as_millis());
        assert_eq!([bounds(1), bounds(2)], [[25, 50], [100, 200]]);
    }
}
