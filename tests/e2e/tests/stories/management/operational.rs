//! What endpoints are told of each other.

use contract::Openapi;
use domain::time::{DAY_MS, MINUTE_MS};
use domain::webhook::Endpoint;
use e2e::{Received, Receiver, World, arrivals, id};
use http::StatusCode;
use platform::clock;
use serde_json::{Value, json};

use crate::management::{alter, delivery_in, quick};

const OPERATIONAL: [&str; 3] = ["endpoint.disabled", "endpoint.recovered", "delivery.exhausted"];

struct Told {
    world: World,
    /// Answers as the test says.
    receiver: Receiver,
    /// Hears of everything operational.
    operator: Receiver,
    endpoint: Value,
}

impl Told {
    async fn start() -> Self {
        let world = World::with(quick()).await;
        let (receiver, operator) = (Receiver::start().await.unwrap(), Receiver::start().await.unwrap());
        let staff = world.tenant_staff();
        let events: Vec<_> = OPERATIONAL.into_iter().chain(["order.created"]).collect();
        let body = json!({"url": receiver.url("/"), "events": events, "retrySchedule": []});
        let endpoint = staff.post("/v1/webhooks", &body).await.json();
        world.hook(&staff, &operator.url("/"), &OPERATIONAL).await;
        Self { world, receiver, operator, endpoint }
    }

    async fn order(&self) {
        let staff = self.world.tenant_staff();
        self.world.order(&staff, &staff).await;
    }

    /// What the operator heard, once it heard `count`, each of a documented shape and about the endpoint.
    async fn heard(&self, count: usize) -> Vec<(String, Value)> {
        let received = arrivals(&self.operator, count).await;
        received.iter().map(|one| self.checked(one)).collect()
    }

    fn checked(&self, one: &Received) -> (String, Value) {
        let event = one.json()["eventType"].as_str().unwrap().to_owned();
        Openapi::shared().unwrap().check_webhook(&event, &one.body).unwrap();
        assert_eq!(one.json()["data"]["endpointId"], self.endpoint["id"]);
        (event, one.json()["data"].clone())
    }

    /// The endpoint hears of orders only: never of itself.
    fn assert_modest(&self) {
        assert!(self.receiver.received().iter().all(|one| one.json()["eventType"] == "order.created"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x18_the_last_try_of_a_delivery_is_told_once_an_hour() {
    let told = Told::start().await;
    told.receiver.answer(|_, _| StatusCode::BAD_GATEWAY);
    told.order().await;
    told.order().await;
    let staff = told.world.tenant_staff();
    e2e::eventually("both deliveries to fail", async || {
        let all = crate::management::deliveries(&staff, &told.endpoint).await;
        (all.iter().filter(|one| one["status"] == "FAILED").count() == 2).then_some(())
    })
    .await;
    let (event, data) = told.heard(1).await.remove(0);
    assert_eq!((event.as_str(), &data["failedEventType"]), ("delivery.exhausted", &json!("order.created")));
    // Whatever comes next, comes after a second one would have.
    told.receiver.answer(|_, _| StatusCode::GONE);
    told.order().await;
    let heard: Vec<_> = told.heard(2).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(heard, ["delivery.exhausted", "endpoint.disabled"]);
    told.assert_modest();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_days_of_failures_switch_an_endpoint_off() {
    let told = Told::start().await;
    told.receiver.answer(|_, _| StatusCode::BAD_GATEWAY);
    let since = clock::now().plus_ms(-5 * DAY_MS);
    alter(&told.world, &told.endpoint, |stored| Endpoint { failing_since: Some(since), ..stored }).await;
    told.order().await;
    let heard = told.heard(2).await;
    let (_, data) = heard.iter().find(|(event, _)| event == "endpoint.disabled").unwrap();
    assert_eq!((&data["status"], &data["failingSince"]), (&json!("FAILING"), &json!(since.to_rfc3339())));
    let staff = told.world.tenant_staff();
    let path = format!("/v1/webhooks/{}", id(&told.endpoint));
    e2e::eventually("the endpoint to be off", async || {
        (staff.get(&path).await.json()["status"] == "FAILING").then_some(())
    })
    .await;
    told.order().await;
    delivery_in(&staff, &told.endpoint, "PAUSED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_is_told_of() {
    let told = Told::start().await;
    let since = clock::now().plus_ms(-2 * MINUTE_MS);
    alter(&told.world, &told.endpoint, |stored| Endpoint { failing_since: Some(since), ..stored }).await;
    told.order().await;
    let (event, data) = told.heard(1).await.remove(0);
    assert_eq!((event.as_str(), &data["status"]), ("endpoint.recovered", &json!("ENABLED")));
    told.assert_modest();
}
