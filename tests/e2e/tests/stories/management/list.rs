//! Lists of deliveries with filters.

use domain::Scope;
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
    for bad in ["status=LOST", "event=order", "since=yesterday", "limit=0"] {
        let status = staff.get(&format!("{path}?{bad}")).await.status.as_u16();
        assert!(matches!(status, 400 | 422), "{bad}: {status}");
    }
    for cursor in ["x", "", "17"] {
        assert_eq!(staff.get(&format!("{path}?cursor={cursor}")).await.status, 400, "{cursor}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_a_place_and_opens_no_other_list() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let (user, tenant) = (world.user(Scope::Shared).await, world.tenant_staff());
    let mut first = Vec::new();
    for api in [&user, &tenant] {
        first.push(world.hook(api, &receiver.url("/"), &["order.created"]).await);
    }
    let second = world.hook(&tenant, &receiver.url("/"), &["order.created"]).await;
    world.order(&tenant, &tenant).await;
    world.order(&user, &world.staff()).await;
    arrivals(&receiver, 3).await;
    let of_user = deliveries(&user, &first[0]).await;
    let cursor = id(&of_user[0]).split_once('_').unwrap().1.to_owned();
    // It is newer than what the tenant's endpoints have.
    for endpoint in [&first[1], &second] {
        let path = format!("/v1/webhooks/{}/deliveries?cursor={cursor}", id(endpoint));
        let page = tenant.get(&path).await.json();
        let shown: Vec<_> = page["data"].as_array().unwrap().iter().map(|one| id(one).to_owned()).collect();
        assert_eq!(shown, [id(&deliveries(&tenant, endpoint).await[0])]);
        assert_eq!(user.get(&path).await.status, 404);
    }
}
