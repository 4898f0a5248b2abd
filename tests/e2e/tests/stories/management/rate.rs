//! An endpoint's own rate, over several delivery environments, and what guests may send to one host.

use std::collections::BTreeMap;

use domain::time::{DAY_MS, MINUTE_MS};
use e2e::{Card, Receiver, World, arrivals};
use local::options::Options;
use platform::clock;
use serde_json::json;

use crate::management::deliveries;

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
    let mut seconds = BTreeMap::new();
    for one in &received {
        *seconds.entry(one.header("webhook-timestamp").to_owned()).or_insert(0) += 1;
    }
    // A lease is asked for in one second and may be used at the beginning of the next.
    assert!(seconds.values().all(|count| *count <= 12), "{seconds:?}");
    e2e::eventually("every delivery's record", async || {
        let all = deliveries(&staff, &endpoint).await;
        let once = |one: &serde_json::Value| one["attempts"].as_array().is_some_and(|tries| tries.len() == 1);
        (all.len() == 30 && all.iter().all(|one| one["status"] == "DELIVERED" && once(one))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_callbacks_begin_at_one_host_at_most_sixty_a_minute() {
    const ASKED: usize = 80;
    let options = Options { delivery_environments: 2, no_seed: true, ..Options::ephemeral() };
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
    let mut minutes = BTreeMap::new();
    for one in receiver.received() {
        let second: i64 = one.header("webhook-timestamp").parse().unwrap();
        *minutes.entry(second / 60).or_insert(0) += 1;
    }
    // A lease is asked for in one minute and may be used at the beginning of the next.
    assert!(minutes.values().all(|count| *count <= 64), "{minutes:?}");
    if minutes.len() == 1 {
        assert_eq!((receiver.received().len(), resting.len()), (60, ASKED - 60));
    }
    let soon = clock::now().plus_ms(2 * MINUTE_MS);
    assert!(resting.iter().all(|one| one.attempts.is_empty() && one.due.is_some_and(|due| due.at < soon)));
}
