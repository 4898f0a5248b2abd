//! The stack with functions that only pass things on: request → table → stream → queue → delivery.

use std::sync::Arc;
use std::time::Instant;

use aws_lambda_events::sqs::SqsBatchResponse;
use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType, TimeToLiveSpecification,
};
use futures_util::FutureExt;
use lambda_http::{Body, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use web::Payload;

use super::*;
use crate::function::{BoxError, HttpFunction};
use crate::sdk;

type Delivered = mpsc::UnboundedSender<(usize, String)>;

fn wire(delivered: Delivered) -> impl FnOnce(Wiring) -> BoxFuture<'static, Result<Functions, StartError>> {
    move |wiring| {
        async move {
            create_table(&wiring).await;
            Ok(functions(&wiring, &delivered))
        }
        .boxed()
    }
}

async fn create_table(wiring: &Wiring) {
    let sdk = sdk::dynamodb(&wiring.dynamodb);
    if sdk.describe_table().table_name("petstore").send().await.is_ok() {
        return;
    }
    let stream = StreamSpecification::builder().stream_enabled(true);
    let attribute =
        AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    sdk.create_table()
        .table_name("petstore")
        .key_schema(KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap())
        .attribute_definitions(attribute.build().unwrap())
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.stream_view_type(StreamViewType::NewAndOldImages).build().unwrap())
        .send()
        .await
        .unwrap();
    let ttl = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build().unwrap();
    sdk.update_time_to_live().table_name("petstore").time_to_live_specification(ttl).send().await.unwrap();
}

fn functions(wiring: &Wiring, delivered: &Delivered) -> Functions {
    let http = writes(wiring);
    let routed = wiring.template.functions.iter().filter(|function| !function.routes.is_empty());
    let tick: TickFunction = Arc::new(|| async { Ok(()) }.boxed());
    Functions {
        http: routed.map(|function| (function.binary.clone(), http.clone())).collect(),
        streams: [("events", sends(wiring)), ("catalogue", ignores())]
            .map(|(name, function)| (name.to_owned(), function))
            .into(),
        delivery: (0..wiring.options.delivery_environments).map(|n| delivers(n, delivered.clone())).collect(),
        sweep: tick.clone(),
        reconcile: tick.clone(),
        prune: tick,
    }
}

/// Writes an item with an event, named by the request's body.
fn writes(wiring: &Wiring) -> HttpFunction {
    let sdk = sdk::dynamodb(&wiring.dynamodb);
    Arc::new(move |request| {
        let sdk = sdk.clone();
        async move {
            let name = String::from_utf8_lossy(request.body()).into_owned();
            let put = sdk.put_item().table_name("petstore").item("pk", AttributeValue::S(name));
            put.item("outbox", AttributeValue::S("1".to_owned())).send().await.unwrap();
            Response::builder().status(201).body(Payload::Whole(Body::Empty)).unwrap()
        }
        .boxed()
    })
}

/// Sends a message for each record.
fn sends(wiring: &Wiring) -> StreamFunction {
    let (sdk, url) = (sdk::sqs(&wiring.sqs), wiring.queue_urls["DeliveriesQueue"].clone());
    Arc::new(move |event| {
        let (sdk, url) = (sdk.clone(), url.clone());
        async move {
            for record in event.records {
                let Some(serde_dynamo::AttributeValue::S(name)) = record.change.keys.get("pk") else {
                    return Err(BoxError::from("no key"));
                };
                sdk.send_message().queue_url(&url).message_body(name).send().await?;
            }
            Ok(DynamoDbEventResponse::default())
        }
        .boxed()
    })
}

fn ignores() -> StreamFunction {
    Arc::new(|_| async { Ok(DynamoDbEventResponse::default()) }.boxed())
}

fn delivers(environment: usize, delivered: Delivered) -> QueueFunction {
    Arc::new(move |event| {
        for record in event.records {
            delivered.send((environment, record.body.unwrap_or_default())).unwrap();
        }
        async { Ok(SqsBatchResponse::default()) }.boxed()
    })
}

async fn post(local: &Local, body: &str) {
    let mut socket = TcpStream::connect(local.address()).await.unwrap();
    let length = body.len();
    let head = format!(
        "POST /v1/orders HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}"
    );
    socket.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_a_delivery_and_an_unfinished_one_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { port: 0, state: folder.path().to_owned(), ..Options::default() };
    let (told, mut delivered) = mpsc::unbounded_channel();
    let local = Local::start_with(options.clone(), wire(told.clone())).await.unwrap();
    post(&local, "one").await;
    assert_eq!(delivered.recv().await.unwrap().1, "one");

    // Written while nobody reads the stream: the pollers have ended, the tables have not.
    let Local { edge, background, state, emulators, wiring, .. } = local;
    edge.finish().await;
    background.finish().await;
    let response = writes(&wiring)(lambda_http::Request::new(Body::from("two"))).await;
    assert_eq!(response.status(), 201);
    emulators.unwrap().stop().await;
    drop(state);

    let local = Local::start_with(options, wire(told)).await.unwrap();
    assert_eq!(delivered.recv().await.unwrap().1, "two");
    local.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_shared_among_environments() {
    let (told, mut delivered) = mpsc::unbounded_channel();
    let options = Options { delivery_environments: 3, ..Options::ephemeral() };
    let local = Local::start_with(options, wire(told)).await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..30 {
        post(&local, &number.to_string()).await;
        seen.insert(delivered.recv().await.unwrap().0);
    }
    assert_eq!(seen.len(), 3);
    local.shutdown().await;
}

/// Not a bound, a figure: `cargo test -p petstore --release how_long -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints a figure"]
async fn how_long_passing_on_takes() {
    let (told, mut delivered) = mpsc::unbounded_channel();
    let local = Arc::new(Local::start_with(Options::ephemeral(), wire(told)).await.unwrap());
    let begun = Instant::now();
    let starts = Arc::new(std::sync::Mutex::new(std::collections::HashMap::new()));
    let (sender, noted) = (local.clone(), starts.clone());
    let sending = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_micros(2_500));
        for number in 0..2_000 {
            tick.tick().await;
            let (sender, noted) = (sender.clone(), noted.clone());
            tokio::spawn(async move {
                noted.lock().unwrap().insert(number.to_string(), Instant::now());
                post(&sender, &number.to_string()).await;
            });
        }
    });
    let mut took = Vec::new();
    while took.len() < 2_000 {
        let (_, name) = delivered.recv().await.unwrap();
        took.push(starts.lock().unwrap()[&name].elapsed());
    }
    sending.await.unwrap();
    took.sort_unstable();
    println!("2,000 at 400/s in {:?}: p50 {:?}, p99 {:?}", begun.elapsed(), took[1_000], took[1_980]);
}
