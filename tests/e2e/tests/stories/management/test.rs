//! `POST /v1/webhooks/{id}/test`.

use contract::Openapi;
use domain::Timestamp;
use domain::signature::{Message, WebhookSecret};
use e2e::{Receiver, World, arrivals, code, id};
use http::StatusCode;
use serde_json::{Value, json};

use crate::management::{delivery_in, quick};

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_the_way_of_every_delivery() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["payment.failed"]).await;
    let asked = staff.post(&format!("/v1/webhooks/{}/test", id(&endpoint)), &Value::Null).await;
    assert_eq!(asked.status, 202);
    let received = &arrivals(&receiver, 1).await[0];
    Openapi::shared().unwrap().check_webhook("webhook.test", &received.body).unwrap();
    assert_eq!(received.json()["data"]["endpointId"], endpoint["id"]);
    let secret = WebhookSecret::parse(endpoint["secret"].as_str().unwrap()).unwrap();
    let at = Timestamp::from_ms(received.header("webhook-timestamp").parse::<i64>().unwrap() * 1_000);
    let message = Message { id: received.header("webhook-id"), at, body: &received.body };
    assert_eq!(received.header("webhook-signature"), message.sign_v1(&secret));
    assert_eq!(asked.header("location"), format!("/v1/deliveries/{}", id(&asked.json())));
    let delivery = delivery_in(&staff, &endpoint, "DELIVERED").await;
    assert_eq!(staff.get(asked.header("location")).await.json(), delivery);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_tried_once() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["*"]).await;
    assert_eq!(staff.post(&format!("/v1/webhooks/{}/test", id(&endpoint)), &Value::Null).await.status, 202);
    let failed = delivery_in(&staff, &endpoint, "FAILED").await;
    assert_eq!(failed["attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_are_few_and_only_for_an_endpoint_that_is_on() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["*"]).await;
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    let mut asked = 0;
    let refused = loop {
        let reply = staff.post(&format!("{path}/test"), &Value::Null).await;
        if reply.status != 202 {
            break reply;
        }
        asked += 1;
    };
    // Nine when the minute turns after the fourth.
    assert!((5..=9).contains(&asked), "{asked}");
    assert_eq!((refused.status.as_u16(), code(&refused)), (429, "endpoint_tests_exceeded".to_owned()));
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|secs| (1..=60).contains(&secs)));
    assert_eq!((refused.header("ratelimit-limit"), refused.header("ratelimit-remaining")), ("5", "0"));

    staff.patch(&path, &json!({"status": "DISABLED"})).await;
    let off = staff.post(&format!("{path}/test"), &Value::Null).await;
    assert_eq!((off.status.as_u16(), code(&off)), (409, "endpoint_disabled".to_owned()));
    assert!(
        staff
            .post("/v1/webhooks", &json!({"url": receiver.url("/"), "events": ["webhook.test"]}))
            .await
            .status
            == 422
    );
}
