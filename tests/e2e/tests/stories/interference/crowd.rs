//! Many at the same time want the same.

use std::slice;

use domain::order::OrderStatus;
use e2e::{Api, Card, Receiver, Reply, World, eventually, id, payment, soon};
use futures_util::future::join_all;
use platform::clock;
use serde_json::{Value, json};

use crate::interference::{disturbed, quiet, with_status};

const ORDERS: usize = 50;
const PAYMENTS: usize = 20;
const KEYS: usize = 50;

/// Whether what a winner did was done, and its answer a 503.
fn is_unknown(replies: &[Reply]) -> bool {
    replies.iter().all(|reply| reply.status != 201) && replies.iter().any(|reply| reply.status == 503)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_orders_for_one_pet_at_most_one_wins() {
    let (world, interference) = disturbed(1).await;
    let (guest, staff) = (world.guest(), world.staff());
    let body = json!({"petId": world.pet(&staff).await["id"], "userId": clock::fresh_id()});
    interference.start();
    let replies = join_all((0..ORDERS).map(|_| guest.post("/v1/orders", &body))).await;
    let won = with_status(&replies, 201, &[201, 409]);
    let books = quiet(&world, &interference).await;
    assert_eq!(books.orders.len(), 1);
    assert_eq!(won.len(), usize::from(!is_unknown(&replies)), "{won:?}");
    assert!(won.iter().all(|reply| id(&reply.json()) == books.orders[0].order.id.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_payments_one_is_charged_and_told_of() {
    let (world, interference) = disturbed(2).await;
    let staff = world.tenant_staff();
    let receiver = Receiver::start().await.unwrap();
    world.hook(&staff, &receiver.url("/"), &["payment.succeeded", "order.created"]).await;
    let order = world.order(&staff, &staff).await;
    interference.start();
    let replies = join_all((0..PAYMENTS).map(|_| world.pay(&staff, &order, Card::GOOD))).await;
    let won = with_status(&replies, 201, &[201, 409]);
    let books = quiet(&world, &interference).await;
    assert!(won.len() <= 1);
    assert!(
        won.iter()
            .all(|reply| ["SUCCEEDED", "PROCESSING"].contains(&reply.json()["status"].as_str().unwrap()))
    );
    let found = books.order(id(&order));
    assert_eq!((found.order.status, found.payments.len()), (OrderStatus::Approved, 1));
    assert_eq!((books.entries("charge").count(), books.ledger.len()), (1, 1));
    assert!(won.iter().all(|reply| id(&reply.json()) == found.payments[0].id.to_string()));
    assert_eq!(told(&world, &staff, &receiver).await, 1);
}

/// How many events of a successful payment came, each however often, once everything committed so far was told.
async fn told(world: &World, staff: &Api, receiver: &Receiver) -> usize {
    let last = world.order(staff, staff).await;
    let is_payment = |call: &e2e::Received| call.json()["eventType"] == "payment.succeeded";
    let is_last = |call: &e2e::Received| call.json()["data"]["order"]["id"] == last["id"];
    let both = |calls: &[e2e::Received]| calls.iter().any(is_payment) && calls.iter().any(is_last);
    let calls = soon("both events", receiver.until(both)).await;
    let mut ids: Vec<_> =
        calls.iter().filter(|call| is_payment(call)).map(|call| call.header("webhook-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_equal_keys_have_one_effect_and_one_answer() {
    let (world, interference) = disturbed(3).await;
    let (guest, staff) = (world.guest(), world.staff());
    let body = json!({"petId": world.pet(&staff).await["id"], "userId": clock::fresh_id()});
    let key = clock::fresh_id().to_string();
    interference.start();
    let replies = join_all((0..KEYS).map(|_| guest.post_once("/v1/orders", &body, &key))).await;
    let made = with_status(&replies, 201, &[201, 409]);
    let order = eventually("the order", async || again(&guest, "/v1/orders", &body, &key).await).await;
    assert!(made.iter().all(|reply| reply.json() == order));

    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::GOOD));
    let replies = join_all((0..KEYS).map(|_| guest.post_once(&path, &body, &key))).await;
    let paid: Vec<_> = with_status(&replies, 201, &[201, 409]);
    let books = quiet(&world, &interference).await;
    assert_eq!((books.orders.len(), books.ledger.len()), (1, 1));
    let charged = books.orders[0].payments[0].id.to_string();
    assert!(paid.iter().all(|reply| id(&reply.json()) == charged));
}

/// The answer to the same request once more, when it is one.
async fn again(api: &Api, path: &str, body: &Value, key: &str) -> Option<Value> {
    let reply = api.post_once(path, body, key).await;
    with_status(slice::from_ref(&reply), 201, &[201, 409]).first().map(|reply| reply.json())
}
