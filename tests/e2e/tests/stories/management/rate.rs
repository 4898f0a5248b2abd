//! An endpoint's own rate, over several delivery environments, and what guests may send to one host.

use std::collections::BTreeMap;

use domain::time::{DAY_MS, MINUTE_MS};
use e2e::{Card, Hold, Received, Receiver, World, arrivals};
use http::StatusCode;
use local::options::Options;
use platform::clock;
use serde_json::json;

use crate::failures::still;
use crate::management::deliveries;

/// How many were begun in each window of the clock, of so many seconds.
fn begun(received: &[Received], window_secs: i64) -> BTreeMap<i64, usize> {
    let mut windows = BTreeMap::new();
    for one in received {
        let second: i64 = one.header("webhook-timestamp").parse().unwrap();
        *windows.entry(second.div_euclid(window_secs)).or_insert(0) += 1;
    }
    windows
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_gets_no_more_a_second_than_it_takes_and_loses_nothing() {
    let options = Options { delivery_environments: 2, no_seed: true, ..Options::ephemeral() };
    let (world, receiver) = (World::with(options).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "rateLimit": 10});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    assert_eq!(endpoint["rateLimit"], 10);
    for _ in 0..30 {
        world.order(&staff, &staff).await;
    }
    let received = arrivals(&receiver, 30).await;
    let seconds = begun(&received, 1);
    assert!(seconds.values().all(|count| *count <= 10), "{seconds:?}");
    e2e::eventually("every delivery's record", async || {
        let all = deliveries(&staff, &endpoint).await;
        let once = |one: &serde_json::Value| one["attempts"].as_array().is_some_and(|tries| tries.len() == 1);
        (all.len() == 30 && all.iter().all(|one| one["status"] == "DELIVERED" && once(one))).then_some(())
    })
    .await;
}

/// The first is admitted, then waits for what its breaker's row says until another was sent in a later second: were it
/// sent now, that second would have two.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_admitted_in_one_second_and_is_late_takes_its_place_in_another() {
    let hold = Hold::first("GetItem", "#B#");
    let options = Options { no_seed: true, ..Options::ephemeral() };
    let world = World::rewired(options, |wiring| {
        wiring.dynamodb.http_client = hold.around(&wiring.dynamodb.http_client);
    });
    let (world, receiver) = (world.await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "rateLimit": 1});
    assert_eq!(staff.post("/v1/webhooks", &body).await.status, 201);
    world.order(&staff, &staff).await;
    hold.holding().await;
    world.order(&staff, &staff).await;
    arrivals(&receiver, 1).await;
    hold.release();
    let received = arrivals(&receiver, 2).await;
    assert_eq!(begun(&received, 1).len(), 2, "one in each of two seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_callbacks_begin_at_one_host_at_most_sixty_a_minute() {
    const ASKED: usize = 80;
    let options = Options { delivery_environments: 2, ..still() };
    let (world, receiver) = (World::with(options).await, Receiver::start().await.unwrap());
    let (guest, staff) = (world.guest(), world.staff());
    for _ in 0..ASKED / 20 {
        let order = world.order(&guest, &staff).await;
        assert_eq!(world.pay(&guest, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
        for number in 0..20 {
            let url = receiver.url(&format!("/{}/{number}", e2e::id(&order)));
            assert_eq!(world.ask(&guest, &order, &url).await.status, 201);
        }
    }
    let resting = e2e::eventually("everything to be sent or to rest", async || {
        let rests = world.store.deliveries_due(false, clock::now().plus_ms(DAY_MS), 100).await.rows;
        (receiver.received().len() + rests.len() == ASKED).then_some(rests)
    })
    .await;
    let minutes = begun(&receiver.received(), 60);
    assert!(minutes.values().all(|count| *count <= 60), "{minutes:?}");
    if minutes.len() == 1 {
        assert_eq!((receiver.received().len(), resting.len()), (60, ASKED - 60));
    }
    let soon = clock::now().plus_ms(2 * MINUTE_MS);
    assert!(resting.iter().all(|one| one.attempts.is_empty() && one.due.is_some_and(|due| due.at < soon)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_at_a_path_that_only_fails_takes_nothing_of_what_guests_may_send_to_its_host() {
    let (world, receiver) = (World::with(still()).await, Receiver::start().await.unwrap());
    receiver.answer(|received, _| match received.path.starts_with("/dead") {
        true => StatusCode::INTERNAL_SERVER_ERROR,
        false => StatusCode::OK,
    });
    let (guest, staff) = (world.guest(), world.staff());
    let ask = async |path: &str, count: usize| {
        let order = world.order(&guest, &staff).await;
        assert_eq!(world.pay(&guest, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
        for number in 0..count {
            let url = receiver.url(&format!("{path}?{}-{number}", e2e::id(&order)));
            assert_eq!(world.ask(&guest, &order, &url).await.status, 201);
        }
    };
    let resting = async |count: usize| {
        e2e::eventually("everything to rest", async || {
            let rests =
                world.store.deliveries_due(false, clock::now().plus_ms(10_000 * DAY_MS), 100).await.rows;
            (rests.len() == count).then_some(())
        })
        .await;
    };
    ask("/dead", 15).await;
    resting(15).await;
    for _ in 0..4 {
        ask("/dead", 20).await;
    }
    resting(95).await;
    ask("/well", 1).await;
    let is_well = |received: &[Received]| received.iter().any(|one| one.path.starts_with("/well"));
    e2e::soon("the one at the other path", receiver.until(is_well)).await;
}
