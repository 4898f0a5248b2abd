//! Deliveries whose records are long: DynamoDB ends a page after a megabyte, whatever was asked for.

use domain::delivery::{Attempt, Delivery, DeliveryId, DeliveryStatus, Target};
use domain::event::EventType;
use domain::id::{EndpointId, EventId};
use domain::retry::Schedule;
use domain::time::HOUR_MS;
use e2e::{Api, Receiver, World, arrivals, id};
use local::seed::{DEMO_TENANT, staff_of};
use platform::clock;
use serde_json::{Value, json};
use store::Commit;

use crate::management::quick;

/// So many that each of the four partitions of a day is more than a megabyte.
const COUNT: usize = 44;
const ANSWER_BYTES: usize = 4_096;

/// One that failed thirty times, each time with a long answer.
fn failed(endpoint: EndpointId) -> Delivery {
    let (now, event) = (clock::now(), EventId::new(clock::fresh_id()));
    let attempt = |number| Attempt {
        number,
        at: now,
        duration_ms: 40,
        status: Some(500),
        failure: None,
        answer: Some("x".repeat(ANSWER_BYTES)),
    };
    Delivery {
        id: DeliveryId::webhook(endpoint, event),
        scope: DEMO_TENANT,
        target: Target::Endpoint { id: endpoint, owner: staff_of(DEMO_TENANT) },
        event_type: Some(EventType::OrderCreated),
        order_version: None,
        body: json!({"eventId": event}).to_string(),
        schedule: Schedule::standard(),
        status: DeliveryStatus::Failed,
        attempt: 31,
        is_leased: false,
        due: None,
        heals: 0,
        attempts: (1..=30).map(attempt).collect(),
        chain_start: 1,
        restarted_at: None,
        ended_at: None,
        created_at: now,
    }
}

/// Every page of the endpoint's deliveries.
async fn pages(staff: &Api, endpoint: &Value, limit: usize) -> Vec<Vec<Value>> {
    let first = format!("/v1/webhooks/{}/deliveries?limit={limit}", id(endpoint));
    let (mut pages, mut path) = (Vec::new(), first.clone());
    loop {
        let page = staff.get(&path).await.json();
        pages.push(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else { return pages };
        path = format!("{first}&cursor={cursor}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_records_are_all_listed_and_all_recovered() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["pet.statusChanged"]).await;
    let endpoint_id = EndpointId::parse(id(&endpoint)).unwrap();
    let mut made = Vec::new();
    for _ in 0..COUNT {
        let delivery = failed(endpoint_id);
        assert_eq!(world.store.delivery_create(&delivery).await.unwrap(), Commit::Done);
        made.push(delivery.id.to_string());
    }
    made.sort_unstable_by(|a, b| b.cmp(a));
    for limit in [7, 100] {
        let pages = pages(&staff, &endpoint, limit).await;
        let listed: Vec<_> = pages.iter().flatten().map(id).collect();
        assert_eq!(listed, made, "by {limit}");
        assert!(pages.iter().flatten().all(|one| one["attempts"][29]["answer"].is_null()), "a list is short");
    }
    let one = staff.get(&format!("/v1/deliveries/{}", made[0])).await.json();
    assert_eq!(one["attempts"][29]["answer"].as_str().map(str::len), Some(ANSWER_BYTES));

    let since = json!({"since": clock::now().plus_ms(-HOUR_MS).to_rfc3339()});
    let recover = format!("/v1/webhooks/{}/recover", id(&endpoint));
    assert_eq!(staff.post(&recover, &since).await.status, 202);
    let received = arrivals(&receiver, COUNT).await;
    let mut ids: Vec<_> = received.iter().map(|one| one.header("webhook-id").to_owned()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), COUNT);
}
