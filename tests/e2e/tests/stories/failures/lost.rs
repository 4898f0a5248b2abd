//! Messages without rows, and receivers that cannot be reached.

use domain::delivery::{DeliveryStatus, Due};
use domain::time::MINUTE_MS;
use e2e::{Receiver, World, arrivals};
use local::options::Options;
use queue::QueueName;
use serde_json::{Value, json};
use store::Commit;
use tokio::net::TcpListener;

use crate::failures::{after, delivery_that, empty, hearing, send, still, stored, tries, unmade};

#[tokio::test(flavor = "multi_thread")]
async fn l6_a_message_before_its_row_is_no_poison_and_nothing_is_lost() {
    let world = World::with(still()).await;
    let (receiver, endpoint) = hearing(&world).await;
    let delivery = unmade(&stored(&world, &endpoint).await, Due::sent(after(0), 0));
    send(&world, QueueName::Deliveries, &delivery, 3).await;
    empty(&world).await;
    assert!(receiver.received().is_empty());
    assert_eq!(world.store.delivery_create(&delivery).await.unwrap(), Commit::Done);
    assert_eq!(world.sweep(after(MINUTE_MS)).await.sent, 1);
    let received = &arrivals(&receiver, 1).await[0];
    assert_eq!(received.header("webhook-id"), delivery.id.event().to_string());
    empty(&world).await;
    let row = world.store.delivery_fetch(delivery.scope, delivery.id).await.unwrap().unwrap();
    assert_eq!((row.status, receiver.received().len()), (DeliveryStatus::Delivered, 1));
}

/// A port that hangs up on everybody, with what they said unread.
async fn resetting() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            socket.readable().await.unwrap();
            drop(socket);
        }
    });
    url
}

/// A port that nobody listens at.
async fn closed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn l9_a_receiver_that_cannot_be_reached_has_failed_a_try_like_any_other() {
    let options = Options { allow_internet: true, no_seed: true, ..Options::ephemeral() };
    let (world, plain) = (World::with(options).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let cases = [
        ("dns", "http://shop.invalid/".to_owned()),
        ("connect", closed().await),
        ("protocol", resetting().await),
        ("tls", plain.url("/").replace("http://", "https://")),
    ];
    let mut endpoints = Vec::new();
    for (failure, url) in &cases {
        endpoints.push((*failure, world.hook(&staff, url, &["order.created"]).await));
    }
    world.order(&staff, &staff).await;
    for (failure, endpoint) in &endpoints {
        let tried = delivery_that(&staff, endpoint, failure, |one| tries(one) == 1).await;
        let attempt = &tried["attempts"][0];
        assert_eq!((&attempt["failure"], &attempt["status"]), (&json!(failure), &Value::Null), "{tried}");
        assert_eq!((&tried["status"], &tried["attempt"]), (&json!("PENDING"), &json!(2)), "{failure}");
        assert!(tried["nextAttemptAt"].is_string(), "{failure}");
    }
}
