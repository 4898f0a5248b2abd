//! Failures on record elsewhere, each with its number in docs/failure-modes.md; those that another story tells already
//! are told there.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod copies;
mod isolation;
mod lost;
mod outages;
mod security;
mod unavailable;
mod unsendable;

use domain::delivery::Delivery;
use domain::event::{Event, EventType};
use domain::id::{EndpointId, EventId};
use domain::webhook::Endpoint;
use domain::{Scope, Timestamp};
use e2e::{Api, Receiver, World, eventually, id};
use local::options::Options;
use local::seed::{DEMO_TENANT, staff_of};
use platform::clock;
use queue::{DeliveryMessage, Outgoing, QueueName};
use serde_json::{Value, json};
use store::Commit;

/// The sweeper runs when a test runs it, but for once at the start; a retry is far away.
pub(crate) fn still() -> Options {
    Options { retry_scale: 0.001, no_seed: true, ..Options::ephemeral() }
}

/// A receiver that hears of every new order, and its endpoint.
async fn hearing(world: &World) -> (Receiver, Value) {
    let receiver = Receiver::start().await.unwrap();
    let endpoint = world.hook(&world.tenant_staff(), &receiver.url("/"), &["order.created"]).await;
    (receiver, endpoint)
}

/// An endpoint as it is stored.
async fn stored(world: &World, endpoint: &Value) -> Endpoint {
    let endpoint = EndpointId::parse(id(endpoint)).unwrap();
    world.store.endpoint_fetch(DEMO_TENANT, staff_of(DEMO_TENANT), endpoint).await.unwrap().unwrap()
}

/// Changes what is stored of an endpoint, past every check.
async fn alter(world: &World, endpoint: &Value, change: impl Fn(Endpoint) -> Endpoint) {
    let before = stored(world, endpoint).await;
    let changed = Endpoint { version: before.version + 1, ..change(before) };
    let commit = world.store.transaction().replace("endpoint", &changed).commit().await.unwrap();
    assert_eq!(commit, Commit::Done);
}

/// The deliveries of an endpoint, newest first.
async fn deliveries(api: &Api, endpoint: &Value) -> Vec<Value> {
    let page = api.get(&format!("/v1/webhooks/{}/deliveries?limit=100", id(endpoint))).await.json();
    page["data"].as_array().unwrap().clone()
}

/// The endpoint's newest delivery, once `is_it` holds of it.
async fn delivery_that(api: &Api, endpoint: &Value, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || deliveries(api, endpoint).await.into_iter().next().filter(|one| is_it(one)))
        .await
}

/// How often a delivery was tried.
fn tries(delivery: &Value) -> usize {
    delivery["attempts"].as_array().unwrap().len()
}

/// An event's delivery that nobody has made yet.
fn unmade(endpoint: &Endpoint, due: domain::delivery::Due) -> Delivery {
    let now = clock::now();
    let recovered = Event::of_endpoint(endpoint, EventType::EndpointRecovered, now);
    let event = Event { id: EventId::new(clock::fresh_id()), ..recovered };
    let body = event.render().unwrap();
    Delivery::webhook(&event, endpoint, body, due, now)
}

/// Sends `copies` of the message for a delivery's next try.
pub(crate) async fn send(world: &World, queue: QueueName, delivery: &Delivery, copies: usize) {
    let message = DeliveryMessage {
        scope: delivery.scope,
        delivery_id: delivery.id,
        attempt: delivery.attempt,
        hops: 0,
    };
    let outgoing = Outgoing { message, delay_secs: 0, group: "test".to_owned() };
    let queues = local::functions::sweeper(world.local.wiring()).unwrap().queues;
    queues.send(queue, &vec![outgoing; copies]).await.unwrap();
}

/// Waits until no queue holds anything, dead letters included.
async fn empty(world: &World) {
    eventually("the queues to be empty", async || (world.in_queues().await == 0).then_some(())).await;
}

/// A time from now.
fn after(ms: i64) -> Timestamp {
    clock::now().plus_ms(ms)
}

/// The body of an endpoint that hears of new orders and tries once.
fn once(url: &str) -> Value {
    json!({"url": url, "events": ["order.created"], "retrySchedule": []})
}

/// A pool's staff, and its name in a list of both pools.
fn pools(world: &World) -> [(Scope, Api); 2] {
    [(Scope::Shared, world.staff()), (DEMO_TENANT, world.tenant_staff())]
}
