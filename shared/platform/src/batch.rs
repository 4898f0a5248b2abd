//! Batches with partial failure: each record runs apart from its neighbours, and only those that failed come back.
//!
//! A failure here is a fault of ours. Both drivers answer Lambda in the form that `ReportBatchItemFailures` asks for;
//! an error thrown for the whole batch would make Lambda shrink the queue's pollers for every tenant.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::panic::AssertUnwindSafe;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::Error;
use futures_util::{FutureExt, StreamExt, stream as streams};

use crate::telemetry::Chain;

/// Runs `handle` on every message, `concurrency` of them at a time, and answers with the ids of those that failed or
/// panicked.
pub async fn sqs<F, Fut>(event: SqsEvent, concurrency: usize, handle: F) -> SqsBatchResponse
where
    F: Fn(SqsMessage) -> Fut,
    Fut: Future<Output = Result<(), Error>>,
{
    let run = async |message: SqsMessage| {
        let id = message.message_id.clone().unwrap_or_default();
        let outcome = caught(async { handle(message).await }).await;
        outcome.inspect_err(|error| report(error, &id)).err().map(|_| id)
    };
    let failed = streams::iter(event.records).map(run).buffer_unordered(concurrency.max(1));
    let mut response = SqsBatchResponse::default();
    response.set_failures(failed.filter_map(std::future::ready).collect::<Vec<_>>().await);
    response
}

/// Runs `handle` on every record, `concurrency` of them at a time. Answers what came of those that went well, and the
/// checkpoint: a stream goes on at the lowest sequence number that failed or panicked, and everything from there comes
/// again.
pub async fn stream<T, F, Fut>(event: Event, concurrency: usize, handle: F) -> (Vec<T>, DynamoDbEventResponse)
where
    F: Fn(EventRecord) -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let run = async |(place, record): (usize, EventRecord)| {
        let sequence = record.change.sequence_number.clone().unwrap_or_default();
        let outcome = caught(async { handle(record).await }).await;
        outcome.inspect_err(|error| report(error, &sequence)).map_err(|_| (place, sequence))
    };
    let records = event.records.into_iter().enumerate();
    let outcomes = streams::iter(records).map(run).buffer_unordered(concurrency.max(1));
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for outcome in outcomes.collect::<Vec<_>>().await {
        match outcome {
            Ok(one) => done.push(one),
            Err(one) => failed.push(one),
        }
    }
    (done, again_from(failed.into_iter().min().map(|(_, sequence)| sequence)))
}

/// The answer after which everything comes again from that sequence number on; without one, nothing does.
#[must_use]
pub fn again_from(sequence: Option<String>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.extend(sequence.map(failure));
    response
}

fn failure(sequence: String) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = Some(sequence);
    failure
}

async fn caught<T>(run: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(run).catch_unwind().await.unwrap_or(Err(Error::fault("a panic")))
}

fn report(error: &Error, record: &str) {
    tracing::error!(record.id = record, error = %Chain(error), "a record failed and will come again");
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use aws_lambda_events::dynamodb::{Event, EventRecord};
    use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
    use domain::Error;

    use super::{sqs, stream};

    fn messages(ids: &[&str]) -> SqsEvent {
        let mut event = SqsEvent::default();
        event.records = ids.iter().map(|id| message(id)).collect();
        event
    }

    fn message(id: &str) -> SqsMessage {
        let mut message = SqsMessage::default();
        (message.message_id, message.body) = (Some(id.to_owned()), Some(id.to_owned()));
        message
    }

    fn records(sequences: &[&str]) -> Event {
        let mut event = Event::default();
        event.records = sequences.iter().map(|sequence| record(sequence)).collect();
        event
    }

    fn record(sequence: &str) -> EventRecord {
        let mut record = EventRecord::default();
        record.change.sequence_number = Some(sequence.to_owned());
        record
    }

    fn failures(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
    }

    #[tokio::test]
    async fn only_failed_messages_come_back() {
        let response = sqs(messages(&["a", "fails", "b"]), 10, async |message| {
            if message.body.as_deref() == Some("fails") { Err(Error::fault("test")) } else { Ok(()) }
        })
        .await;
        assert_eq!(failures(&response), ["fails"]);
    }

    #[tokio::test]
    async fn a_panic_fails_its_own_message_alone() {
        let done = Cell::new(0);
        let response = sqs(messages(&["a", "panics", "b"]), 10, async |message| {
            assert_ne!(message.body.as_deref(), Some("panics"));
            done.set(done.get() + 1);
            Ok(())
        })
        .await;
        assert_eq!((failures(&response), done.get()), (vec!["panics"], 2));
    }

    #[tokio::test]
    async fn messages_run_together_up_to_the_limit() {
        let (running, most) = (Cell::new(0), Cell::new(0));
        let response = sqs(messages(&["a", "b", "c", "d", "e"]), 3, async |_| {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            tokio::task::yield_now().await;
            running.set(running.get() - 1);
            Ok(())
        })
        .await;
        assert_eq!((failures(&response), most.get()), (vec![], 3));
    }

    #[tokio::test]
    async fn a_stream_goes_on_at_the_lowest_record_that_failed_or_panicked() {
        for panics in [false, true] {
            let (done, response) = stream(records(&["1", "2", "3", "4", "5"]), 2, async |record| {
                let sequence = record.change.sequence_number.unwrap_or_default();
                if sequence == "2" {
                    // The later one fails first.
                    tokio::task::yield_now().await;
                }
                let fails = ["2", "3"].contains(&sequence.as_str());
                assert!(!(panics && fails), "a panic");
                if fails { Err(Error::fault("test")) } else { Ok(sequence) }
            })
            .await;
            let failed: Vec<_> =
                response.batch_item_failures.into_iter().map(|f| f.item_identifier).collect();
            assert_eq!(failed, [Some("2".to_owned())]);
            assert_eq!(done, ["1", "4", "5"], "its neighbours are done");
        }
    }

    /// The local stack runs both drivers on several threads.
    #[tokio::test]
    async fn both_can_run_on_another_thread() {
        let run = async {
            let messages = sqs(messages(&["a"]), 10, async |_| Err(Error::fault("test"))).await;
            let fails = async |_| Err::<(), _>(Error::fault("test"));
            let (_, records) = stream(records(&["1"]), 10, fails).await;
            (messages.batch_item_failures.len(), records.batch_item_failures.len())
        };
        assert_eq!(tokio::spawn(run).await.unwrap(), (1, 1));
    }

    #[tokio::test]
    async fn a_stream_without_failures_moves_on() {
        let (done, response) = stream(records(&["1", "2"]), 1, async |_| Ok(())).await;
        assert_eq!((done.len(), response.batch_item_failures.len()), (2, 0));
    }
}
