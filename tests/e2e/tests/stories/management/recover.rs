//! `POST /v1/webhooks/{id}/recover`.

use std::collections::BTreeMap;

use domain::time::{DAY_MS, HOUR_MS};
use e2e::{Receiver, World, arrivals, code, eventually, id};
use http::StatusCode;
use platform::clock;
use serde_json::{Value, json};

use crate::failures::still;
use crate::management::{deliveries, quick};

async fn all_are(world: &World, endpoint: &Value, status: &str, count: usize) {
    let staff = world.tenant_staff();
    eventually(&format!("{count} deliveries that are {status}"), async || {
        let found = deliveries(&staff, endpoint).await;
        (found.iter().filter(|one| one["status"] == status).count() == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn l8_what_failed_and_what_was_kept_arrives_once() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    receiver.answer(|_, _| StatusCode::BAD_GATEWAY);
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "retrySchedule": []});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    for _ in 0..5 {
        world.order(&staff, &staff).await;
    }
    all_are(&world, &endpoint, "FAILED", 5).await;
    staff.patch(&path, &json!({"status": "DISABLED"})).await;
    for _ in 0..5 {
        world.order(&staff, &staff).await;
    }
    all_are(&world, &endpoint, "PAUSED", 5).await;
    let since = json!({"since": clock::now().plus_ms(-HOUR_MS).to_rfc3339()});
    let off = staff.post(&format!("{path}/recover"), &since).await;
    assert_eq!((off.status.as_u16(), code(&off)), (409, "endpoint_disabled".to_owned()));

    staff.patch(&path, &json!({"status": "ENABLED"})).await;
    receiver.answer(|_, _| StatusCode::OK);
    let asked = staff.post(&format!("{path}/recover"), &since).await;
    assert_eq!((asked.status.as_u16(), asked.json()["status"].clone()), (202, json!("RUNNING")));
    all_are(&world, &endpoint, "DELIVERED", 10).await;
    let received = arrivals(&receiver, 15).await;
    let mut times = BTreeMap::new();
    for one in &received {
        *times.entry(one.header("webhook-id").to_owned()).or_insert(0) += 1;
    }
    assert_eq!((times.len(), received.len()), (10, 15), "five came twice, for they failed first");
    // The job is over: another may begin.
    let over = async || (staff.post(&format!("{path}/recover"), &since).await.status == 202).then_some(());
    eventually("the end of the recovery", over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_goes_back_no_further_than_asked_and_is_alone() {
    let (world, receiver) = (World::with(still()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created"]).await;
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    staff.patch(&path, &json!({"status": "DISABLED"})).await;
    world.order(&staff, &staff).await;
    all_are(&world, &endpoint, "PAUSED", 1).await;
    let between = clock::now().plus_ms(1);
    world.order(&staff, &staff).await;
    all_are(&world, &endpoint, "PAUSED", 2).await;
    staff.patch(&path, &json!({"status": "ENABLED"})).await;
    let since = json!({"since": between.to_rfc3339()});
    assert_eq!(staff.post(&format!("{path}/recover"), &since).await.status, 202);
    let second = staff.post(&format!("{path}/recover"), &since).await;
    assert_eq!((second.status.as_u16(), code(&second)), (409, "endpoint_recovering".to_owned()));
    assert_eq!(world.sweep(clock::now()).await.recovered, 1);
    all_are(&world, &endpoint, "DELIVERED", 1).await;
    all_are(&world, &endpoint, "PAUSED", 1).await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn since_is_a_time_in_the_last_thirty_days() {
    let world = World::bare().await;
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, "http://127.0.0.1:9/", &["*"]).await;
    let path = format!("/v1/webhooks/{}/recover", id(&endpoint));
    let (past, future) = (clock::now().plus_ms(-31 * DAY_MS), clock::now().plus_ms(HOUR_MS));
    for body in [
        json!({}),
        json!({"since": "yesterday"}),
        json!({"since": past.to_rfc3339()}),
        json!({"since": future.to_rfc3339()}),
        json!({"since": clock::now().to_rfc3339(), "until": "now"}),
    ] {
        assert_eq!(staff.post(&path, &body).await.status, 422, "{body}");
    }
}
