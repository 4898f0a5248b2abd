//! Services that fail for a while: nothing is promised that is not kept, and everything goes on without a restart.

use std::sync::Arc;

use domain::time::{MINUTE_MS, SECOND_MS};
use e2e::{Outage, Receiver, World, arrivals, eventually, id};
use futures_util::FutureExt;
use http::Method;
use local::Local;
use platform::clock;
use serde_json::{Value, json};

use crate::failures::{after, deliveries, empty, hearing, still};

const ORDERS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn l4_a_queue_that_refuses_for_ten_minutes_is_used_again_without_a_restart() {
    let outage = Outage::of(&["SendMessage", "SendMessageBatch"]);
    let cut = outage.clone();
    let world =
        World::rewired(still(), move |wiring| wiring.sqs.http_client = cut.around(&wiring.sqs.http_client))
            .await;
    let mut wiring = world.local.wiring().clone();
    wiring.sqs.http_client = outage.around(&wiring.sqs.http_client);
    let sweeper = local::functions::sweeper(&wiring).unwrap();
    let (receiver, endpoint) = hearing(&world).await;
    let staff = world.tenant_staff();

    outage.start();
    for _ in 0..ORDERS {
        world.order(&staff, &staff).await;
    }
    eventually("every row", async || (deliveries(&staff, &endpoint).await.len() == ORDERS).then_some(()))
        .await;
    for minute in 1..=10 {
        let swept = delivery::sweeper::sweep(&sweeper, after(minute * MINUTE_MS)).await.unwrap();
        assert_eq!(swept.sent, 0);
        assert!(swept.late_ms >= (minute - 1) * MINUTE_MS, "minute {minute}: {swept:?}");
    }
    assert!(outage.refused() >= 10);
    assert!(receiver.received().is_empty());

    outage.stop();
    let swept = delivery::sweeper::sweep(&sweeper, after(10 * MINUTE_MS + 10 * SECOND_MS)).await.unwrap();
    assert_eq!(swept.sent, ORDERS, "the next sweep sends everything");
    assert_eq!(arrivals(&receiver, ORDERS).await.len(), ORDERS);
    empty(&world).await;
    assert_eq!(receiver.received().len(), ORDERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn l2_deliveries_that_nobody_makes_are_noticed_though_every_order_is_accepted() {
    let wire = |wiring: local::stack::Wiring| {
        async {
            let mut functions = local::functions::wire(wiring).await?;
            functions.delivery = vec![Arc::new(|_| async { Err("it never comes up".into()) }.boxed())];
            Ok(functions)
        }
        .boxed()
    };
    let local = Local::start_with(still(), wire).await.unwrap();
    let world = World { store: local::functions::store(local.wiring()), local };
    let (receiver, endpoint) = hearing(&world).await;
    let staff = world.tenant_staff();
    assert_eq!(world.sweep(clock::now()).await.late_ms, 0, "nothing is late yet");
    world.order(&staff, &staff).await;
    eventually("the row", async || (deliveries(&staff, &endpoint).await.len() == 1).then_some(())).await;

    let (mut late_ms, mut sweeps) = (Vec::new(), 0);
    for second in (0..=700).step_by(10) {
        let swept = world.sweep(after(second * SECOND_MS)).await;
        late_ms.extend((swept.late_ms > 0).then_some(swept.late_ms));
        sweeps += usize::from(swept.sent > 0);
    }
    assert!(late_ms.is_sorted() && late_ms[0] < MINUTE_MS, "{late_ms:?}");
    assert!(late_ms.last().is_some_and(|last| *last > delivery::sweeper::LATE_MAX_MS), "{late_ms:?}");
    assert!((4..=6).contains(&sweeps), "it is sent again at growing intervals: {sweeps} times");
    assert!(receiver.received().is_empty());
}

/// Every write that a client of orders and webhooks can ask for, as (method, path, body).
async fn writes(world: &World, receiver: &Receiver) -> Vec<(Method, String, Value)> {
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["payment.failed"]).await;
    let (order, paid, pet) =
        (world.order(&staff, &staff).await, world.order(&staff, &staff).await, world.pet(&staff).await);
    world.pay(&staff, &paid, e2e::Card::GOOD).await;
    let hook = json!({"url": receiver.url("/"), "events": ["*"]});
    let animal = json!({"name": "Max", "species": "DOG", "ageMonths": 1, "price": "1.00", "currency": "USD", "status": "AVAILABLE"});
    let hook_path = format!("/v1/webhooks/{}", id(&endpoint));
    let order_path = format!("/v1/orders/{}", id(&order));
    let since = json!({"since": clock::now().to_rfc3339()});
    vec![
        (Method::POST, "/v1/pets".to_owned(), animal),
        (Method::POST, "/v1/orders".to_owned(), json!({"petId": pet["id"]})),
        (Method::POST, order_path.clone(), e2e::callback(&order, &receiver.url("/"), clock::now())),
        (Method::POST, format!("{order_path}/payment"), e2e::payment(&order, e2e::Card::GOOD)),
        (Method::PATCH, format!("/v1/orders/{}", id(&paid)), json!({"status": "SHIPPED"})),
        (Method::DELETE, order_path, Value::Null),
        (Method::POST, "/v1/webhooks".to_owned(), hook),
        (Method::POST, format!("{hook_path}/test"), Value::Null),
        (Method::POST, format!("{hook_path}/secret"), Value::Null),
        (Method::POST, format!("{hook_path}/recover"), since),
        (Method::PATCH, hook_path.clone(), json!({"description": "ours"})),
        (Method::DELETE, hook_path, Value::Null),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn l3_while_the_tables_refuse_nothing_is_promised() {
    let outage = Outage::of(&[
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "TransactWriteItems",
        "BatchExecuteStatement",
        "BatchWriteItem",
    ]);
    let cut = outage.clone();
    let rewire = move |wiring: &mut local::stack::Wiring| {
        wiring.dynamodb.http_client = cut.around(&wiring.dynamodb.http_client);
    };
    let (world, receiver) = (World::rewired(still(), rewire).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let asked = writes(&world, &receiver).await;
    let (told, _) = hearing(&world).await;

    outage.start();
    for (method, path, body) in &asked {
        let reply = staff.call(method.clone(), path, body, &[]).await;
        assert_eq!(reply.status, 503, "{method} {path}: {}", reply.json());
        assert!(!reply.header("retry-after").is_empty(), "{method} {path}");
    }
    outage.stop();
    for (method, path, body) in &asked {
        let reply = staff.call(method.clone(), path, body, &[]).await;
        assert!(reply.status.is_success(), "{method} {path}: {} {}", reply.status, reply.json());
    }
    assert_eq!(arrivals(&told, 1).await.len(), 1, "one order was placed in all this, once");
}
