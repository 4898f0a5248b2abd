//! Managing endpoints and deliveries: tests, secrets, lists, retries, recoveries, rates, and what is told of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod caps;
mod edit;
mod large;
mod list;
mod operational;
mod rate;
mod recover;
mod retry;
mod secret;
mod test;

use domain::Scope;
use domain::id::{EndpointId, UserId};
use domain::webhook::Endpoint;
use e2e::{Api, World, eventually, id};
use local::options::Options;
use serde_json::Value;
use store::Commit;

/// The sweeper looks ten times a second, and the first retry comes after about a second.
fn quick() -> Options {
    Options { retry_scale: 50.0, no_seed: true, ..Options::ephemeral() }
}

/// The deliveries of an endpoint, newest first.
async fn deliveries(api: &Api, endpoint: &Value) -> Vec<Value> {
    let page = api.get(&format!("/v1/webhooks/{}/deliveries?limit=100", id(endpoint))).await.json();
    page["data"].as_array().unwrap().clone()
}

/// The endpoint's only delivery, once it has `status`.
async fn delivery_in(api: &Api, endpoint: &Value, status: &str) -> Value {
    eventually(&format!("a delivery that is {status}"), async || {
        deliveries(api, endpoint).await.into_iter().find(|delivery| delivery["status"] == status)
    })
    .await
}

/// Changes an endpoint's row, as only time would.
async fn alter(world: &World, endpoint: &Value, change: impl Fn(Endpoint) -> Endpoint) {
    let (scope, owner) = match endpoint["tenantId"].is_null() {
        true => (Scope::Shared, local::seed::staff_of(Scope::Shared)),
        false => (local::seed::DEMO_TENANT, local::seed::staff_of(local::seed::DEMO_TENANT)),
    };
    alter_of(world, (scope, owner), endpoint, change).await;
}

async fn alter_of(
    world: &World,
    (scope, owner): (Scope, UserId),
    endpoint: &Value,
    change: impl Fn(Endpoint) -> Endpoint,
) {
    let endpoint = EndpointId::parse(id(endpoint)).unwrap();
    let stored = world.store.endpoint_fetch(scope, owner, endpoint).await.unwrap().unwrap();
    let changed = Endpoint { version: stored.version + 1, ..change(stored) };
    let commit = world.store.transaction().replace("endpoint", &changed).commit().await.unwrap();
    assert_eq!(commit, Commit::Done);
}
