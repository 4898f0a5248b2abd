//! `POST /v1/deliveries/{id}/retry`.

use e2e::{Receiver, World, arrivals, code, eventually, id};
use http::StatusCode;
use local::options::Options;
use serde_json::{Value, json};

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

#[tokio::test(flavor = "multi_thread")]
async fn d5_a_retry_takes_the_place_of_what_was_pending() {
    let options = Options { no_seed: true, ..Options::ephemeral() };
    let (world, receiver) = (World::with(options).await, Receiver::start().await.unwrap());
    receiver.answer(|_, before| if before == 0 { StatusCode::BAD_GATEWAY } else { StatusCode::OK });
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "retrySchedule": [8, 3600]});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    world.order(&staff, &staff).await;
    let pending = eventually("the first failure", async || {
        let delivery = delivery_in(&staff, &endpoint, "PENDING").await;
        (delivery["attempts"].as_array().unwrap().len() == 1).then_some(delivery)
    })
    .await;
    assert_eq!(staff.post(&format!("/v1/deliveries/{}/retry", id(&pending)), &Value::Null).await.status, 202);
    let done = delivery_in(&staff, &endpoint, "DELIVERED").await;
    // The message of the old chain comes after eight seconds, and is dropped.
    world.order(&staff, &staff).await;
    arrivals(&receiver, 3).await;
    let after_the_old_message = std::time::Duration::from_secs(10);
    let late = tokio::time::timeout(after_the_old_message, receiver.until(|all| all.len() > 3)).await;
    assert!(late.is_err(), "a second chain: {}", late.unwrap().len());
    assert_eq!(done["attempts"].as_array().unwrap().len(), 2);
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
