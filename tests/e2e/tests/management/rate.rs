//! An endpoint's own rate, over several delivery environments.

use std::collections::BTreeMap;

use e2e::{Receiver, World, arrivals};
use local::options::Options;
use serde_json::json;

use crate::deliveries;

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
