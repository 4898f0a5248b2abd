//! On the emulator: what is sent arrives, when it should, and goes aside when nobody can handle it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use platform::aws::AwsConfig;
use queue::schema::QueueSchema;
use queue::{Created, DeliveryMessage, Outgoing, QueueName, create};
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};

use crate::{message, outgoing, server};

async fn emulator() -> AwsConfig {
    let (listener, port) = server::listen().await;
    let config = SqsConfig { host: "127.0.0.1".to_owned(), port, ..SqsConfig::default() };
    let handler = RustackSqsHandler::new(Arc::new(RustackSqs::new(config)));
    server::serve(listener, SqsHttpService::new(Arc::new(handler), SqsHttpConfig::default()));
    server::config(port)
}

struct World {
    client: Client,
    created: Created,
}

impl World {
    async fn start(schema: impl Fn(QueueName) -> QueueSchema) -> Self {
        let aws = emulator().await;
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(aws.credentials.clone())
            .http_client(aws.http_client.clone())
            .endpoint_url(aws.endpoint.clone().unwrap());
        let created = create(&aws, "test-", schema).await.unwrap();
        Self { client: Client::from_conf(config.build()), created }
    }

    /// Up to ten messages, waiting at most 10 s for the first.
    async fn receive(&self, url: &str) -> Vec<DeliveryMessage> {
        let call =
            self.client.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(10);
        let messages = call.send().await.unwrap().messages.unwrap_or_default();
        messages.iter().map(|message| DeliveryMessage::parse(message.body().unwrap()).unwrap()).collect()
    }
}

#[tokio::test]
async fn what_is_sent_arrives() {
    let world = World::start(QueueSchema::of).await;
    let queues = world.created.queues.clone();
    let sending = tokio::spawn(async move { queues.send(QueueName::Deliveries, &outgoing(25)).await });
    sending.await.unwrap().unwrap();
    let mut received = Vec::new();
    while received.len() < 25 {
        let more = world.receive(world.created.queues.url(QueueName::Deliveries)).await;
        assert!(!more.is_empty(), "only {} of 25 arrived", received.len());
        received.extend(more);
    }
    received.sort_by_key(|message| message.attempt);
    assert_eq!(received, (1..=25).map(message).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_delayed_message_arrives_later() {
    let world = World::start(QueueSchema::of).await;
    let later = Outgoing { delay_secs: 1, ..outgoing(1).remove(0) };
    let sent_at = Instant::now();
    world.created.queues.send(QueueName::Slow, &[later]).await.unwrap();
    assert_eq!(world.receive(world.created.queues.url(QueueName::Slow)).await, [message(1)]);
    assert!(sent_at.elapsed() >= Duration::from_millis(900));
}

#[tokio::test]
async fn d3_a_message_that_always_fails_goes_to_the_dead_letters() {
    let always_visible =
        |name| QueueSchema { visibility_timeout_secs: 0, receive_wait_secs: 0, ..QueueSchema::of(name) };
    let world = World::start(always_visible).await;
    world.created.queues.send(QueueName::Deliveries, &outgoing(1)).await.unwrap();
    let url = world.created.queues.url(QueueName::Deliveries);
    let receive = || world.client.receive_message().queue_url(url).send();
    let mut receives = 0;
    while !receive().await.unwrap().messages().is_empty() {
        receives += 1;
    }
    assert_eq!(receives, queue::schema::RECEIVES_MAX);
    assert_eq!(world.receive(world.created.dead_letters_url(QueueName::Deliveries)).await, [message(1)]);
}
