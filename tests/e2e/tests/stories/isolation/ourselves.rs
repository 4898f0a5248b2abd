//! Deliveries that would come back to us.

use e2e::{World, eventually, id};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn x8_neither_the_api_nor_an_emulator_can_be_a_receiver_and_nothing_of_theirs_is_shown() {
    let world = World::bare().await;
    let staff = world.tenant_staff();
    let wiring = world.local.wiring();
    let own = [wiring.dynamodb.endpoint.clone(), wiring.sqs.endpoint.clone(), Some(wiring.base_url.clone())];
    for url in own.into_iter().flatten() {
        let url = url.replace("localhost", "127.0.0.1");
        let body = json!({"url": url, "events": ["order.created"], "retrySchedule": []});
        let endpoint = staff.post("/v1/webhooks", &body).await.json();
        world.order(&staff, &staff).await;
        let path = format!("/v1/webhooks/{}/deliveries", id(&endpoint));
        let failed = eventually("the refusal", async || {
            let page = staff.get(&path).await.json();
            (page["data"][0]["status"] == "FAILED").then(|| page["data"][0].clone())
        })
        .await;
        assert_eq!(failed["attempts"][0]["failure"], "address_not_allowed", "{url}");
        assert!(failed["attempts"][0]["answer"].is_null());
    }
}
