//! The poller against the real emulator and SDK.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::FutureExt;
use platform::aws::AwsConfig;

use super::*;
use crate::function::BoxError;
use crate::sqs::{Sqs, create_queues, queue_arn};
use crate::template::{Queue, Redrive};

struct World {
    sqs: Sqs,
    client: Client,
    poller: QueuePoller,
    dead_url: String,
}

impl World {
    async fn start() -> Self {
        let queue = |logical_id: &str, redrive| Queue {
            logical_id: logical_id.to_owned(),
            name: logical_id.to_lowercase(),
            visibility_timeout_secs: 1,
            retention_secs: 3_600,
            wait_secs: 0,
            redrive,
            redrive_allow: None,
        };
        let redrive = Redrive { target: "Dead".to_owned(), receives_max: 2 };
        let sqs = Sqs::start().await.unwrap();
        let client = crate::sdk::sqs(&AwsConfig::emulator(sqs.endpoint()));
        let urls =
            create_queues(&client, &[queue("Work", Some(redrive)), queue("Dead", None)]).await.unwrap();
        let poller = QueuePoller {
            client: client.clone(),
            url: urls["Work"].clone(),
            arn: queue_arn("work"),
            batch_size: 10,
            partial_failures: true,
            timeout: Duration::from_secs(5),
        };
        Self { sqs, client, poller, dead_url: urls["Dead"].clone() }
    }

    async fn send(&self, body: &str) {
        self.client.send_message().queue_url(&self.poller.url).message_body(body).send().await.unwrap();
    }

    /// Messages in the queue, hidden ones included.
    async fn messages(&self) -> u32 {
        let got = self.client.get_queue_attributes().queue_url(&self.poller.url);
        let got = got.attribute_names(QueueAttributeName::All).send().await.unwrap();
        let of = |name: QueueAttributeName| got.attributes().unwrap()[&name].parse::<u32>().unwrap();
        of(QueueAttributeName::ApproximateNumberOfMessages)
            + of(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
    }

    async fn dead(&self) -> Option<String> {
        let got = self.client.receive_message().queue_url(&self.dead_url).wait_time_seconds(20).send().await;
        got.unwrap().messages.unwrap_or_default().pop().and_then(|message| message.body)
    }
}

fn bodies(event: &SqsEvent) -> Vec<String> {
    event.records.iter().filter_map(|record| record.body.clone()).collect()
}

type Answer = Result<SqsBatchResponse, BoxError>;

fn telling(
    answer: impl Fn(&SqsEvent) -> Answer + Send + Sync + 'static,
) -> (QueueFunction, mpsc::UnboundedReceiver<SqsEvent>) {
    let (seen, told) = mpsc::unbounded_channel();
    let function: QueueFunction = Arc::new(move |event| {
        let answer = answer(&event);
        seen.send(event).unwrap();
        async move { answer }.boxed()
    });
    (function, told)
}

#[tokio::test]
async fn a_message_arrives_once_as_lambda_would_show_it() {
    let world = World::start().await;
    let (function, mut told) = telling(|_| Ok(SqsBatchResponse::default()));
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller.clone().run(vec![function], 2, stop.clone()));
    world.send("hello").await;

    let event = told.recv().await.unwrap();
    let record = &event.records[0];
    assert_eq!(bodies(&event), ["hello"]);
    assert_eq!(record.event_source.as_deref(), Some("aws:sqs"));
    assert_eq!(record.event_source_arn, Some(queue_arn("work")));
    assert_eq!(record.attributes.get("ApproximateReceiveCount").map(String::as_str), Some("1"));

    // It is deleted, so it cannot come again.
    while world.messages().await > 0 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap();
    world.sqs.stop().await;
}

#[tokio::test]
async fn only_the_failed_message_comes_again_and_then_goes_to_the_dead_letters() {
    let world = World::start().await;
    let (function, mut told) = telling(|event| {
        let mut response = SqsBatchResponse::default();
        let bad = event.records.iter().filter(|record| record.body.as_deref() == Some("bad"));
        bad.for_each(|record| response.add_failure(record.message_id.clone().unwrap()));
        Ok(response)
    });
    world.send("good").await;
    world.send("bad").await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller.clone().run(vec![function], 1, stop.clone()));
    assert_eq!(bodies(&told.recv().await.unwrap()), ["good", "bad"]);
    assert_eq!(bodies(&told.recv().await.unwrap()), ["bad"]);
    assert_eq!(world.dead().await.as_deref(), Some("bad"));
    stop.cancel();
    running.await.unwrap();
    world.sqs.stop().await;
}

#[tokio::test]
async fn a_function_that_fails_or_panics_gets_its_messages_again() {
    let world = World::start().await;
    let calls = AtomicUsize::new(0);
    let (function, mut told) = telling(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 => Err("no database".into()),
        _ => Ok(SqsBatchResponse::default()),
    });
    world.send("again").await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller.clone().run(vec![function], 1, stop.clone()));
    assert_eq!(bodies(&told.recv().await.unwrap()), ["again"]);
    assert_eq!(bodies(&told.recv().await.unwrap()), ["again"]);
    stop.cancel();
    running.await.unwrap();
    world.sqs.stop().await;
}

#[tokio::test]
async fn a_hanging_invocation_does_not_hold_up_the_others_and_is_finished_at_the_end() {
    let world = World::start().await;
    let release = Arc::new(tokio::sync::Notify::new());
    let (seen, mut told) = mpsc::unbounded_channel();
    let waiting = Arc::clone(&release);
    let function: QueueFunction = Arc::new(move |event| {
        let (waiting, seen) = (Arc::clone(&waiting), seen.clone());
        async move {
            let hangs = bodies(&event) == ["hang"];
            if hangs {
                seen.send("hanging".to_owned()).unwrap();
                waiting.notified().await;
            }
            bodies(&event).into_iter().for_each(|body| seen.send(body).unwrap());
            Ok(SqsBatchResponse::default())
        }
        .boxed()
    });
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller.clone().run(vec![function], 2, stop.clone()));
    world.send("hang").await;
    assert_eq!(told.recv().await.as_deref(), Some("hanging"));
    world.send("healthy").await;
    assert_eq!(told.recv().await.as_deref(), Some("healthy"));
    stop.cancel();
    release.notify_one();
    running.await.unwrap();
    assert_eq!(told.recv().await.as_deref(), Some("hang"));
    world.sqs.stop().await;
}
