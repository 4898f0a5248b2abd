//! The poller against the real emulator and SDK: what a function sees, and what happens when it fails.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType,
};
use futures_util::FutureExt;
use platform::aws::AwsConfig;
use serde_json::json;
use tokio::sync::mpsc;

use super::*;
use crate::dynamodb::DynamoDb;
use crate::waker::Waker;

const TABLE: &str = "things";
/// Longer than any test runs.
const FOREVER: Duration = Duration::from_secs(3_600);
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct World {
    folder: tempfile::TempDir,
    dynamodb: DynamoDb,
    sdk: aws_sdk_dynamodb::Client,
    waker: Waker,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dynamodb = DynamoDb::start_temporary(&folder.path().join("dynamodb.sqlite")).await.unwrap();
        let sdk = crate::sdk::dynamodb(&AwsConfig::emulator(dynamodb.endpoint()));
        create_table(&sdk).await;
        Self { folder, dynamodb, sdk, waker: Waker::default() }
    }

    async fn write(&self, pk: &str, outbox: bool) {
        let mut put = self.sdk.put_item().table_name(TABLE).item("pk", AttributeValue::S(pk.to_owned()));
        if outbox {
            put = put.item("outbox", AttributeValue::S("1".to_owned()));
        }
        put.send().await.unwrap();
        self.waker.wake();
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::open(&self.folder.path().join("stream-checkpoint")).unwrap()
    }

    fn poller(&self, function: StreamFunction) -> StreamPoller {
        StreamPoller {
            reader: Reader::new(crate::sdk::streams(&AwsConfig::emulator(self.dynamodb.endpoint())), TABLE),
            filter: Filter::parse(&[json!({"dynamodb": {"NewImage": {"outbox": {"S": ["1"]}}}})]).unwrap(),
            batch_size: 100,
            window: Duration::ZERO,
            bisect: true,
            partial_failures: true,
            timeout: Duration::from_secs(10),
            function,
            checkpoint: self.checkpoint(),
            waker: self.waker.listener(),
        }
    }
}

async fn create_table(sdk: &aws_sdk_dynamodb::Client) {
    let stream = StreamSpecification::builder().stream_enabled(true);
    let attribute =
        AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    sdk.create_table()
        .table_name(TABLE)
        .key_schema(KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap())
        .attribute_definitions(attribute.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.stream_view_type(StreamViewType::NewAndOldImages).build().unwrap())
        .send()
        .await
        .unwrap();
}

fn keys(event: &Event) -> Vec<String> {
    let pk = |record: &aws_lambda_events::dynamodb::EventRecord| match record.change.keys.get("pk") {
        Some(serde_dynamo::AttributeValue::S(pk)) => pk.clone(),
        other => panic!("{other:?}"),
    };
    event.records.iter().map(pk).collect()
}

type Answer = Result<DynamoDbEventResponse, crate::function::BoxError>;

/// A function that answers by `answer` and tells what it saw.
fn telling(
    answer: impl Fn(&Event) -> Answer + Send + Sync + 'static,
) -> (StreamFunction, mpsc::UnboundedReceiver<Event>) {
    let (seen, told) = mpsc::unbounded_channel();
    let function: StreamFunction = Arc::new(move |event| {
        let answer = answer(&event);
        seen.send(event).unwrap();
        async move { answer }.boxed()
    });
    (function, told)
}

fn done(_: &Event) -> Answer {
    Ok(DynamoDbEventResponse::default())
}

fn failed(event: &Event, pk: &str) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    let place = keys(event).iter().position(|key| key == pk);
    response.batch_item_failures.extend(place.map(|place| {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = event.records[place].change.sequence_number.clone();
        failure
    }));
    response
}

#[tokio::test]
async fn the_function_sees_what_the_filter_lets_through_as_lambda_would_show_it() {
    let world = World::start().await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller(function).run(stop.clone()));
    world.write("quiet", false).await;
    world.write("loud", true).await;

    let event = told.recv().await.unwrap();
    assert_eq!(keys(&event), ["loud"]);
    let record = &event.records[0];
    assert_eq!(
        (record.event_name.as_str(), record.event_source.as_deref()),
        ("INSERT", Some("aws:dynamodb"))
    );
    assert_eq!(record.change.sequence_number.as_ref().map(String::len), Some(21));
    assert!(record.event_source_arn.as_deref().unwrap().contains(":table/things/stream/"));
    assert!(record.change.old_image.is_empty() && record.change.new_image.contains_key("outbox"));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_write_reaches_the_function_without_waiting_for_the_idle_poll() {
    let world = World::start().await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let poller = StreamPoller { waker: world.waker.listener().idling(FOREVER), ..world.poller(function) };
    let running = tokio::spawn(poller.run(stop.clone()));
    for number in 0..20 {
        let pk = format!("n{number}");
        world.write(&pk, true).await;
        let event = tokio::time::timeout(PATIENCE, told.recv()).await.expect("nobody woke the poller");
        assert_eq!(keys(&event.unwrap()), [pk]);
    }
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn it_goes_on_at_the_lowest_failed_record() {
    let world = World::start().await;
    for pk in ["a", "b", "c"] {
        world.write(pk, true).await;
    }
    let failures = AtomicUsize::new(1);
    let (function, mut told) = telling(move |event| {
        let fails =
            failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails { Ok(failed(event, "b")) } else { Ok(DynamoDbEventResponse::default()) }
    });
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller(function).run(stop.clone()));
    assert_eq!(keys(&told.recv().await.unwrap()), ["a", "b", "c"]);
    assert_eq!(keys(&told.recv().await.unwrap()), ["b", "c"]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_poison_record_does_not_keep_its_batch_from_going_through() {
    let world = World::start().await;
    for pk in ["a", "b", "poison", "d"] {
        world.write(pk, true).await;
    }
    let done = Arc::new(Mutex::new(BTreeSet::new()));
    let noted = Arc::clone(&done);
    let (function, mut told) = telling(move |event| {
        let keys = keys(event);
        if keys.iter().any(|key| key == "poison") {
            return Err("poison".into());
        }
        noted.lock().unwrap().extend(keys);
        Ok(DynamoDbEventResponse::default())
    });
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller(function).run(stop.clone()));
    while keys(&told.recv().await.unwrap()) != ["poison"] {}
    assert_eq!(*done.lock().unwrap(), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_restart_goes_on_after_the_checkpoint() {
    let world = World::start().await;
    world.write("before", true).await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller(function).run(stop.clone()));
    told.recv().await.unwrap();
    stop.cancel();
    running.await.unwrap();

    world.write("between", true).await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller(function).run(stop.clone()));
    assert_eq!(keys(&told.recv().await.unwrap()), ["between"]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_comes_in_a_window_comes_together_as_soon_as_the_batch_is_full() {
    let world = World::start().await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let poller = StreamPoller { window: FOREVER, batch_size: 3, ..world.poller(function) };
    let running = tokio::spawn(poller.run(stop.clone()));
    for pk in ["a", "b", "c"] {
        world.write(pk, true).await;
        world.write("quiet", false).await;
    }
    assert_eq!(keys(&told.recv().await.unwrap()), ["a", "b", "c"]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_window_that_is_over_hands_over_what_came() {
    let world = World::start().await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let poller = StreamPoller { window: Duration::from_millis(50), ..world.poller(function) };
    let running = tokio::spawn(poller.run(stop.clone()));
    world.write("a", true).await;
    assert_eq!(keys(&told.recv().await.unwrap()), ["a"]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_the_window_and_what_waited_comes_again() {
    let world = World::start().await;
    world.write("a", true).await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let mut poller = StreamPoller { window: FOREVER, ..world.poller(function.clone()) };
    let mut batches = Batches::new(100, FOREVER, true);
    while batches.is_empty() {
        poller.step(&mut batches, &stop).await;
    }
    stop.cancel();
    poller.step(&mut batches, &stop).await;
    assert!(told.try_recv().is_err());
    assert_eq!(poller.checkpoint.sequence(), None);

    let stop = CancellationToken::new();
    let running = tokio::spawn(world.poller(function).run(stop.clone()));
    assert_eq!(keys(&told.recv().await.unwrap()), ["a"]);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_cannot_be_read_for_a_moment_gives_no_record_twice() {
    let world = World::start().await;
    world.write("a", true).await;
    let (function, mut told) = telling(done);
    let stop = CancellationToken::new();
    let mut poller = StreamPoller { window: FOREVER, batch_size: 2, ..world.poller(function) };
    let mut batches = Batches::new(2, FOREVER, true);
    while batches.is_empty() {
        poller.step(&mut batches, &stop).await;
    }
    // As after an error: it begins anew, while one record waits.
    poller.reader = world.poller(telling(done).0).reader;
    world.write("b", true).await;
    while told.is_empty() {
        poller.step(&mut batches, &stop).await;
    }
    assert_eq!(keys(&told.recv().await.unwrap()), ["a", "b"]);
}
