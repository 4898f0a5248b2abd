//! The queues are emptied while deliveries wait in them: the rows know, and the sweeper sends them again.

use domain::time::{HOUR_MS, MINUTE_MS};
use e2e::{Receiver, World, eventually, id};
use http::StatusCode;
use local::options::Options;
use platform::clock;

const ORDERS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn l1_emptied_queues_lose_no_delivery() {
    // A second try waits for a minute: until then its message lies in the queue.
    let world = World::with(Options { no_seed: true, ..Options::ephemeral() }).await;
    let receiver = refusing_once().await;
    let staff = world.tenant_staff();
    world.hook(&staff, &receiver.url("/flaky"), &["order.created"]).await;
    let sqs = local::sdk::sqs(&world.local.wiring().sqs);
    let mut orders = Vec::new();
    for _ in 0..ORDERS {
        orders.push(world.order(&staff, &staff).await);
    }
    eventually("every retry to wait in the queue", async || {
        (world.delayed().await == ORDERS && world.in_queues().await == ORDERS).then_some(())
    })
    .await;

    for url in world.local.wiring().queue_urls.values() {
        sqs.purge_queue().queue_url(url).send().await.unwrap();
    }
    assert_eq!(world.in_queues().await, 0);
    assert_eq!(receiver.received().len(), ORDERS);

    // Before the grace is over, nobody takes a message for lost.
    assert_eq!(world.sweep(clock::now()).await.sent, 0);
    assert_eq!(world.sweep(clock::now().plus_ms(2 * MINUTE_MS)).await.sent, ORDERS);
    let received = e2e::soon("the second tries", receiver.until(|all| all.len() >= 2 * ORDERS)).await;
    for order in &orders {
        let of_order = |copy: &&e2e::Received| copy.json()["data"]["order"]["id"] == id(order);
        let copies: Vec<_> = received.iter().filter(of_order).collect();
        assert_eq!(copies.len(), 2);
        assert_eq!(copies[0].header("webhook-id"), copies[1].header("webhook-id"));
    }
    let far = clock::now().plus_ms(HOUR_MS);
    eventually("every delivery to end", async || {
        world.store.deliveries_due(true, far, 100).await.rows.is_empty().then_some(())
    })
    .await;
}

/// A receiver that refuses everything once, in words that do not say that it is in trouble itself: it would be left alone.
async fn refusing_once() -> Receiver {
    let receiver = Receiver::start().await.unwrap();
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    receiver.answer(move |request, _| {
        let is_new = seen.lock().unwrap().insert(request.header("webhook-id").to_owned());
        if is_new { StatusCode::CONFLICT } else { StatusCode::OK }
    });
    receiver
}
