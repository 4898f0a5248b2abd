//! `PATCH /v1/webhooks/{id}` with what `GET` answered.

use domain::id::EndpointId;
use domain::time::DAY_MS;
use domain::webhook::{Endpoint, EndpointStatus, Sealed};
use e2e::{Receiver, World, arrivals, eventually, id};
use http::StatusCode;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::failures::still;
use crate::management::alter;

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_sent_back_as_it_was_read_and_stays_as_it_was() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let made = json!({"url": receiver.url("/"), "events": ["order.created"], "description": "Ours", "rateLimit": 5,
                      "headers": {"X-Team": "pets"}});
    let made = staff.post("/v1/webhooks", &made).await.json();
    let path = format!("/v1/webhooks/{}", id(&made));
    let read = staff.get(&path).await.json();
    assert_eq!(read["headerNames"], json!(["x-team"]));
    // The answer that made it has the secret too.
    for sent in [&made, &read] {
        let reply = staff.patch(&path, sent).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        let but_time = |endpoint: &Value| {
            let mut endpoint = endpoint.clone();
            endpoint.as_object_mut().unwrap().remove("updatedAt");
            endpoint
        };
        assert_eq!(but_time(&reply.json()), but_time(&read));
    }
    world.order(&staff, &staff).await;
    assert_eq!(arrivals(&receiver, 1).await[0].header("x-team"), "pets");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_receivers_brought_about_is_sent_back_but_not_asked_for() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let made = world.hook(&staff, &receiver.url("/"), &["*"]).await;
    let path = format!("/v1/webhooks/{}", id(&made));
    assert_eq!(staff.patch(&path, &json!({"status": "GONE"})).await.status, 422);
    alter(&world, &made, |stored| Endpoint { status: EndpointStatus::Gone, ..stored }).await;
    let read = staff.get(&path).await.json();
    let reply = staff.patch(&path, &read).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!("GONE")));
    assert_eq!(staff.patch(&path, &json!({"status": "FAILING"})).await.status, 422);
}

/// Its old URL failed for so long that one more failure would switch the endpoint off.
#[tokio::test(flavor = "multi_thread")]
async fn another_url_starts_the_record_anew_and_the_same_one_does_not() {
    let (world, receiver) = (World::with(still()).await, Receiver::start().await.unwrap());
    receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    let staff = world.tenant_staff();
    let made = world.hook(&staff, &receiver.url("/old"), &["order.created"]).await;
    let path = format!("/v1/webhooks/{}", id(&made));
    let since = Some(clock::now().plus_ms(-6_000 * DAY_MS));
    alter(&world, &made, move |stored| Endpoint { failing_since: since, ..stored }).await;
    let read = staff.get(&path).await.json();
    assert_eq!(staff.patch(&path, &read).await.status, 200);
    let failing_since = async || {
        let stored = EndpointId::parse(id(&made)).unwrap();
        let owner = local::seed::staff_of(DEMO_TENANT);
        world.store.endpoint_fetch(DEMO_TENANT, owner, stored).await.unwrap().unwrap().failing_since
    };
    assert_eq!(failing_since().await, since, "it was on, and its URL is the same");

    assert_eq!(staff.patch(&path, &json!({"url": receiver.url("/new")})).await.status, 200);
    assert_eq!(failing_since().await, None);
    world.order(&staff, &staff).await;
    arrivals(&receiver, 1).await;
    eventually("the failure to be noted", async || failing_since().await.map(drop)).await;
    assert_eq!(staff.get(&path).await.json()["status"], "ENABLED");

    alter(&world, &made, |stored| Endpoint { url: Sealed::new("of another key".to_owned()), ..stored }).await;
    assert_eq!(staff.patch(&path, &json!({"url": receiver.url("/mended")})).await.status, 200);
}
