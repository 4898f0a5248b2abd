//! Lists of deliveries with filters.

use e2e::{Card, Receiver, World, arrivals, id};
use http::StatusCode;
use platform::clock;
use serde_json::Value;

use crate::management::{deliveries, quick};

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_found_by_status_event_and_time() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    receiver.answer(|request, _| match request.json()["eventType"].as_str() {
        Some("payment.succeeded") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    });
    let staff = world.tenant_staff();
    let body = serde_json::json!({"url": receiver.url("/"), "events": ["*"], "retrySchedule": []});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    let order = world.order(&staff, &staff).await;
    arrivals(&receiver, 2).await;
    let between = clock::now();
    world.pay(&staff, &order, Card::GOOD).await;
    arrivals(&receiver, 5).await;
    e2e::eventually("the outcome of every delivery", async || {
        deliveries(&staff, &endpoint).await.iter().all(|one| one["status"] != "PENDING").then_some(())
    })
    .await;

    let path = format!("/v1/webhooks/{}/deliveries", id(&endpoint));
    let types = async |query: &str| {
        let page = staff.get(&format!("{path}?{query}")).await.json();
        let mut types: Vec<_> =
            page["data"].as_array().unwrap().iter().map(|one| one["eventType"].clone()).collect();
        types.sort_by_key(Value::to_string);
        types
    };
    let between = between.to_rfc3339();
    assert_eq!(types("").await.len(), 5);
    assert_eq!(types("status=FAILED").await, ["payment.succeeded"]);
    assert_eq!(types("event=order.created&status=DELIVERED").await, ["order.created"]);
    assert_eq!(types(&format!("until={between}")).await, ["order.created", "pet.statusChanged"]);
    let later = ["order.statusChanged", "payment.succeeded", "pet.statusChanged"];
    assert_eq!(types(&format!("since={between}")).await, later);
    assert!(types("status=PAUSED").await.is_empty());
    for bad in ["status=LOST", "event=order", "since=yesterday", "cursor=x", "limit=0"] {
        let status = staff.get(&format!("{path}?{bad}")).await.status.as_u16();
        assert!(matches!(status, 400 | 422), "{bad}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_filtered_list_leads_to_the_next() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created", "pet.statusChanged"]).await;
    for _ in 0..6 {
        world.order(&staff, &staff).await;
    }
    arrivals(&receiver, 12).await;
    let first = format!("/v1/webhooks/{}/deliveries?event=order.created&limit=2", id(&endpoint));
    let (mut ids, mut path) = (Vec::new(), first.clone());
    loop {
        let page = staff.get(&path).await.json();
        ids.extend(page["data"].as_array().unwrap().iter().map(|one| id(one).to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("{first}&cursor={cursor}");
    }
    assert_eq!(ids.len(), 6);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
}
