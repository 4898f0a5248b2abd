//! What many do at the same time: one wins, and everything agrees afterwards.

use domain::order::OrderStatus;
use e2e::{Api, Books, Card, Receiver, Reply, World, code, eventually, id, payment, soon};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use platform::clock;
use serde_json::{Value, json};

const ORDERS: usize = 50;
const PAYMENTS: usize = 20;
const KEYS: usize = 50;

fn with_status(replies: &[Reply], status: u16) -> Vec<&Reply> {
    replies.iter().filter(|reply| reply.status == status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_orders_for_one_pet_one_wins() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let body = json!({"petId": world.pet(&staff).await["id"], "userId": clock::fresh_id()});
    let replies = join_all((0..ORDERS).map(|_| guest.post("/v1/orders", &body))).await;
    let won = with_status(&replies, 201);
    assert_eq!((won.len(), with_status(&replies, 409).len()), (1, ORDERS - 1));
    assert!(with_status(&replies, 409).iter().all(|reply| code(reply) == "pet_not_available"));
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!(books.orders.len(), 1);
    assert_eq!(books.order(id(&won[0].json())).order.status, OrderStatus::Placed);
}

#[tokio::test(flavor = "multi_thread")]
async fn p6_of_twenty_payments_one_is_charged_and_told_of() {
    let world = World::bare().await;
    let staff = world.tenant_staff();
    let receiver = Receiver::start().await.unwrap();
    let hook = world.hook(&staff, &receiver.url("/"), &["payment.succeeded", "order.created"]).await;
    let order = world.order(&staff, &staff).await;
    let replies = join_all((0..PAYMENTS).map(|_| world.pay(&staff, &order, Card::GOOD))).await;
    let won = with_status(&replies, 201);
    assert_eq!((won.len(), with_status(&replies, 409).len()), (1, PAYMENTS - 1));
    assert_eq!(won[0].json()["status"], "SUCCEEDED");
    for refused in with_status(&replies, 409) {
        let is_known = matches!(code(refused).as_str(), "operation_in_progress" | "invalid_status");
        assert!(is_known, "{}", refused.json());
        assert_eq!(code(refused) == "operation_in_progress", !refused.header("retry-after").is_empty());
    }
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.entries("charge").count(), books.ledger.len()), (1, 1));
    assert_eq!(told(&world, &staff, &hook, &receiver).await, 1);
}

/// How many payments the endpoint `hook` was told of, once everything committed so far was told.
async fn told(world: &World, staff: &Api, hook: &Value, receiver: &Receiver) -> usize {
    // The stream keeps the order of commits: when the last one's delivery is there, every other was made.
    let last = world.order(staff, staff).await;
    let is_told = |call: &e2e::Received| call.json()["data"]["order"]["id"] == last["id"];
    soon("the last order's event", receiver.until(|calls| calls.iter().any(is_told))).await;
    let list = format!("/v1/webhooks/{}/deliveries?limit=100", id(hook));
    let done = eventually("every delivery to end", async || {
        let deliveries = staff.get(&list).await.json()["data"].as_array().cloned().unwrap_or_default();
        deliveries.iter().all(|delivery| delivery["status"] == "DELIVERED").then_some(deliveries)
    })
    .await;
    let is_payment = |event: &Value| event == "payment.succeeded";
    let calls = receiver.received().iter().filter(|call| is_payment(&call.json()["eventType"])).count();
    assert_eq!(calls, done.iter().filter(|delivery| is_payment(&delivery["eventType"])).count());
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_fifty_equal_keys_have_one_effect_and_one_answer() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let body = json!({"petId": world.pet(&staff).await["id"], "userId": clock::fresh_id()});
    let key = clock::fresh_id().to_string();
    let orders = join_all((0..KEYS).map(|_| guest.post_once("/v1/orders", &body, &key))).await;
    let order = one_answer(&orders);
    assert_eq!(guest.post_once("/v1/orders", &body, &key).await.json(), order);

    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::GOOD));
    let paid = one_answer(&join_all((0..KEYS).map(|_| guest.post_once(&path, &body, &key))).await);
    assert_eq!(guest.post_once(&path, &body, &key).await.json(), paid);
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.orders.len(), books.ledger.len()), (1, 1));
}

/// The one answer that all of equal requests got, first or again, but for those that came while the first still ran.
fn one_answer(replies: &[Reply]) -> Value {
    let (made, refused) = (with_status(replies, 201), with_status(replies, 409));
    assert_eq!(made.len() + refused.len(), replies.len());
    assert!(made.iter().all(|reply| reply.json() == made[0].json()));
    let first = made.iter().filter(|reply| reply.header("idempotent-replayed").is_empty());
    assert_eq!(first.count(), 1);
    for reply in refused {
        assert_eq!(code(reply), "idempotency_key_in_use");
        assert!(!reply.header("retry-after").is_empty());
    }
    made[0].json()
}

/// The orders in which three requests can be sent.
const TURNS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Pays, cancels and ships `order` at the same time, sent in this order; answers in the order pay, cancel, ship.
async fn race(world: &World, staff: &Api, order: &Value, turn: [usize; 3]) -> [u16; 3] {
    let (path, shipped) = (format!("/v1/orders/{}", id(order)), json!({"status": "SHIPPED"}));
    let request = |what: usize| -> BoxFuture<'_, (usize, Reply)> {
        match what {
            0 => async { (0, world.pay(staff, order, Card::GOOD).await) }.boxed(),
            1 => async { (1, staff.delete(&path).await) }.boxed(),
            _ => async { (2, staff.patch(&path, &shipped).await) }.boxed(),
        }
    };
    let mut statuses = [0; 3];
    for (what, reply) in join_all(turn.map(request)).await {
        assert!([200, 201, 204, 409].contains(&reply.status.as_u16()), "{}", reply.json());
        assert_eq!(code(&reply) == "operation_in_progress", !reply.header("retry-after").is_empty());
        statuses[what] = reply.status.as_u16();
    }
    statuses
}

async fn status(staff: &Api, order: &Value) -> String {
    let reply = staff.get(&format!("/v1/orders/{}", id(order))).await;
    reply.json()["status"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn p5_pay_cancel_and_ship_of_an_unpaid_order_exclude_each_other() {
    let world = World::bare().await;
    let staff = world.staff();
    for turn in TURNS.repeat(3) {
        let order = world.order(&staff, &staff).await;
        let outcome = race(&world, &staff, &order, turn).await;
        let end = status(&staff, &order).await;
        // One after the other is no conflict: what is paid can be shipped, or cancelled with a refund.
        let expected = match outcome {
            [201, 409, 409] => "APPROVED",
            [201, 409, 200] => "SHIPPED",
            [201 | 409, 204, 409] => "CANCELLED",
            other => panic!("{other:?} leaves the order {end}"),
        };
        assert_eq!(end, expected, "{outcome:?}");
    }
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_and_ship_of_a_paid_order_exclude_each_other() {
    let world = World::bare().await;
    let staff = world.staff();
    for turn in TURNS.repeat(3) {
        let order = world.order(&staff, &staff).await;
        assert_eq!(world.pay(&staff, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
        let outcome = race(&world, &staff, &order, turn).await;
        let end = status(&staff, &order).await;
        let expected = match outcome {
            [409, 204, 409] => "CANCELLED",
            [409, 409, 200] => "SHIPPED",
            other => panic!("{other:?} leaves the order {end}"),
        };
        assert_eq!(end, expected, "{outcome:?}");
    }
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_cancels_refund_once() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    assert_eq!(world.pay(&staff, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    let path = format!("/v1/orders/{}", id(&order));
    let replies = join_all((0..PAYMENTS).map(|_| staff.delete(&path))).await;
    assert!(!with_status(&replies, 204).is_empty());
    let refused = with_status(&replies, 409);
    assert_eq!(with_status(&replies, 204).len() + refused.len(), PAYMENTS);
    assert!(refused.iter().all(|reply| code(reply) == "operation_in_progress"));
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.entries("charge").count(), books.entries("refund").count()), (1, 1));
}
