//! `POST /v1/deliveries/{id}/retry`.

use domain::delivery::DeliveryId;
use e2e::{Receiver, World, arrivals, code, eventually, id};
use http::StatusCode;
use local::options::Options;
use local::seed::DEMO_TENANT;
use platform::clock;
use queue::QueueName;
use serde_json::{Value, json};

use crate::failures::{send, still};
use crate::management::{delivery_in, quick};

#[tokio::test(flavor = "multi_thread")]
async fn d4_each_retry_by_hand_is_a_send_from_the_start_of_the_schedule() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    receiver.answer(|_, before| if before < 2 { StatusCode::BAD_GATEWAY } else { StatusCode::OK });
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "retrySchedule": []});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    world.order(&staff, &staff).await;
    let failed = delivery_in(&staff, &endpoint, "FAILED").await;
    let path = format!("/v1/deliveries/{}/retry", id(&failed));
    assert_eq!(staff.post(&path, &Value::Null).await.status, 202);
    let again = eventually("the second try to fail", async || {
        let delivery = delivery_in(&staff, &endpoint, "FAILED").await;
        (delivery["attempts"].as_array().unwrap().len() == 2).then_some(delivery)
    })
    .await;
    assert_eq!(id(&again), id(&failed));
    assert_eq!(staff.post(&path, &Value::Null).await.json()["status"], "PENDING");
    let done = delivery_in(&staff, &endpoint, "DELIVERED").await;
    let numbers: Vec<_> =
        done["attempts"].as_array().unwrap().iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let tries = arrivals(&receiver, 3).await;
    assert!(tries.windows(2).all(|two| two[0].header("webhook-id") == two[1].header("webhook-id")));
    // What arrived may be sent once more, too.
    assert_eq!(staff.post(&path, &Value::Null).await.status, 202);
    arrivals(&receiver, 4).await;
}

/// The old chain's message waits in the queue for longer than the test; what comes instead of it is a copy.
#[tokio::test(flavor = "multi_thread")]
async fn d5_a_retry_takes_the_place_of_what_was_pending() {
    let world = World::with(Options { retry_scale: 0.02, ..still() }).await;
    let (staff, receiver) = (world.tenant_staff(), Receiver::start().await.unwrap());
    receiver.answer(|_, before| if before == 0 { StatusCode::BAD_GATEWAY } else { StatusCode::OK });
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "retrySchedule": [8, 3600]});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    world.order(&staff, &staff).await;
    eventually("the old chain's message", async || (world.delayed().await == 1).then_some(())).await;
    let pending = delivery_in(&staff, &endpoint, "PENDING").await;
    let row = DeliveryId::parse(id(&pending)).unwrap();
    let old = world.store.delivery_fetch(DEMO_TENANT, row).await.unwrap().unwrap();
    let old_message_comes = async |sends: usize| {
        send(&world, QueueName::Slow, &old, 1).await;
        eventually("it to be worked on", async || (world.in_queues().await == 1).then_some(())).await;
        assert_eq!(receiver.received().len(), sends, "a second chain");
    };

    let path = format!("/v1/deliveries/{}/retry", id(&pending));
    assert_eq!(staff.post(&path, &Value::Null).await.status, 202);
    old_message_comes(1).await;
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    let done = delivery_in(&staff, &endpoint, "DELIVERED").await;
    assert_eq!(done["attempts"].as_array().unwrap().len(), 2);
    old_message_comes(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_delivery_it_is_and_whether_it_can_be_sent_is_looked_at_first() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let (staff, stranger) = (world.tenant_staff(), world.staff());
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created"]).await;
    world.order(&staff, &staff).await;
    let done = delivery_in(&staff, &endpoint, "DELIVERED").await;
    let path = format!("/v1/deliveries/{}/retry", id(&done));
    assert_eq!(stranger.post(&path, &Value::Null).await.status, 404);
    assert_eq!(world.guest().post(&path, &Value::Null).await.status, 401);
    let endpoint_path = format!("/v1/webhooks/{}", id(&endpoint));
    staff.patch(&endpoint_path, &json!({"status": "DISABLED"})).await;
    let off = staff.post(&path, &Value::Null).await;
    assert_eq!((off.status.as_u16(), code(&off)), (409, "endpoint_disabled".to_owned()));
    staff.delete(&endpoint_path).await;
    let gone = staff.post(&path, &Value::Null).await;
    assert_eq!((gone.status.as_u16(), code(&gone)), (409, "endpoint_deleted".to_owned()));
}
