//! A queue's event source mapping: receives batches, starts the function, deletes what succeeded.
//!
//! Guarantees, as in Lambda: a message whose invocation failed, or that the function reported as failed, is left to
//! its visibility timeout, comes again, and ends in the dead-letter queue by the queue's own redrive policy.

mod event;

use std::collections::HashSet;
use std::time::Duration;

use aws_lambda_events::sqs::SqsBatchResponse;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::function::{QueueFunction, invoke_fallible};

/// Seconds for which a receive waits for a message. The emulator answers within a millisecond of a send.
const WAIT_SECS: i32 = 20;
/// The pause after a receive that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// One mapping of one queue to one function.
#[derive(Clone)]
pub struct QueuePoller {
    /// Speaks to the emulator.
    pub client: Client,
    /// The queue.
    pub url: String,
    /// The queue's ARN, which each message carries.
    pub arn: String,
    /// Messages per invocation at most; 10 is what one receive gives.
    pub batch_size: i32,
    /// Whether the function says which messages failed.
    pub partial_failures: bool,
    /// The function's time limit.
    pub timeout: Duration,
}

impl QueuePoller {
    /// Runs until `stop`, then finishes what was received. `environments` are the function's environments, each with
    /// its own memory; each runs up to `invocations` at once, and they take turns.
    ///
    /// A Lambda environment runs one invocation at a time, so a faithful fleet has many environments of one. Letting
    /// a few share their memory instead saves the rest, and makes no difference that a receiver could see.
    pub async fn run(self, environments: Vec<QueueFunction>, invocations: usize, stop: CancellationToken) {
        let (free, mut idle) = mpsc::unbounded_channel();
        for environment in (0..invocations.max(1)).flat_map(|_| &environments) {
            give_back(&free, environment.clone());
        }
        let running = TaskTracker::new();
        while let Some(environment) = unless(&stop, idle.recv()).await.flatten() {
            match unless(&stop, self.receive()).await {
                None => break,
                Some(messages) if messages.is_empty() => give_back(&free, environment),
                Some(messages) => {
                    let (poller, free) = (self.clone(), free.clone());
                    running.spawn(async move {
                        poller.process(&environment, messages).await;
                        give_back(&free, environment);
                    });
                }
            }
        }
        running.close();
        running.wait().await;
    }

    async fn receive(&self) -> Vec<Message> {
        let request = self.client.receive_message().queue_url(&self.url).wait_time_seconds(WAIT_SECS);
        let request = request
            .max_number_of_messages(self.batch_size.clamp(1, 10))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All");
        match request.send().await {
            Ok(received) => received.messages.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(queue = self.url, error = %DisplayErrorContext(&error), "cannot receive messages");
                tokio::time::sleep(PAUSE).await;
                Vec::new()
            }
        }
    }

    async fn process(&self, function: &QueueFunction, messages: Vec<Message>) {
        let event = match event::from_sdk(&messages, &self.arn) {
            Ok(event) => event,
            Err(error) => return tracing::error!(%error, "a message is not as SQS has them"),
        };
        match invoke_fallible(self.timeout, function(event)).await {
            Ok(response) => self.delete(succeeded(&messages, &response, self.partial_failures)).await,
            Err(error) => {
                tracing::error!(queue = self.url, %error, messages = messages.len(), "the queue function failed");
            }
        }
    }

    /// A message that cannot be deleted comes again, which its function must expect anyway.
    async fn delete(&self, messages: Vec<&Message>) {
        let entry = |(place, message): (usize, &&Message)| {
            let handle = message.receipt_handle().unwrap_or_default();
            DeleteMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .receipt_handle(handle)
                .build()
                .ok()
        };
        let entries: Vec<_> = messages.iter().enumerate().filter_map(entry).collect();
        if entries.is_empty() {
            return;
        }
        let request = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
        match request.send().await {
            Ok(deleted) if deleted.failed().is_empty() => {}
            Ok(deleted) => {
                tracing::warn!(queue = self.url, failed = ?deleted.failed(), "cannot delete messages")
            }
            Err(error) => {
                tracing::warn!(queue = self.url, error = %DisplayErrorContext(&error), "cannot delete messages");
            }
        }
    }
}

fn give_back(free: &mpsc::UnboundedSender<QueueFunction>, environment: QueueFunction) {
    if free.send(environment).is_err() {
        tracing::trace!("the poller has stopped");
    }
}

async fn unless<T>(stop: &CancellationToken, waiting: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        () = stop.cancelled() => None,
        value = waiting => Some(value),
    }
}

/// The messages that are done. An identifier that is unknown or missing fails the whole batch, as in Lambda.
fn succeeded<'a>(messages: &'a [Message], response: &SqsBatchResponse, partial: bool) -> Vec<&'a Message> {
    if !partial {
        return messages.iter().collect();
    }
    let failed: HashSet<_> =
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    let known: HashSet<_> = messages.iter().filter_map(Message::message_id).collect();
    if !failed.is_subset(&known) {
        tracing::error!("the queue function reported a message that is not in its batch");
        return Vec::new();
    }
    let done = |message: &&Message| message.message_id().is_none_or(|id| !failed.contains(id));
    messages.iter().filter(done).collect()
}

#[cfg(test)]
mod tests;
