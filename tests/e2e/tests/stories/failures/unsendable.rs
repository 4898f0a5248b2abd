//! Faults of our own: what cannot be read or made ready. Each is seen, and holds up nobody else.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::webhook::{Endpoint, Sealed};
use e2e::{Receiver, World, arrivals, eventually, id};
use http::StatusCode;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::failures::{alter, deliveries, delivery_that, empty, hearing, still, tries};

/// What no key opens, as after a restore with another master key.
fn unreadable() -> Sealed {
    Sealed::new("AAAAAAAA.AAAA".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn l10_a_delivery_that_cannot_be_made_ready_is_a_try_that_everybody_sees() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    let url = crate::failures::stored(&world, &endpoint).await.url;
    alter(&world, &endpoint, |stored| Endpoint { url: unreadable(), ..stored }).await;
    world.order(&staff, &staff).await;
    let tried = delivery_that(&staff, &endpoint, "a visible try", |one| tries(one) == 1).await;
    assert_eq!(tried["attempts"][0]["failure"], "internal");
    assert_eq!((&tried["status"], tried["nextAttemptAt"].is_string()), (&json!("PENDING"), true));
    empty(&world).await;
    assert!(receiver.received().is_empty());

    alter(&world, &endpoint, move |stored| Endpoint { url: url.clone(), ..stored }).await;
    let retried = staff.post(&format!("/v1/deliveries/{}/retry", id(&tried)), &Value::Null).await;
    assert_eq!(retried.status, 202);
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    arrivals(&receiver, 1).await;
    delivery_that(&staff, &endpoint, "the delivery", |one| one["status"] == "DELIVERED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn l10_what_can_never_be_sent_is_a_try_too_and_each_has_its_own_number() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (_receiver, endpoint) = hearing(&world).await;
    let keys = local::functions::keys(world.local.wiring()).unwrap();
    let forbidden =
        |stored: &Endpoint| keys.seal(&Endpoint::context(stored.scope, stored.id, "url"), "ftp://127.0.0.1/");
    alter(&world, &endpoint, |stored| Endpoint { url: forbidden(&stored), ..stored }).await;
    world.order(&staff, &staff).await;
    for round in 1..=3 {
        let is_over = |one: &Value| one["status"] == "FAILED" && tries(one) == round;
        let failed = delivery_that(&staff, &endpoint, "the try that fails", is_over).await;
        let attempts = failed["attempts"].as_array().unwrap();
        assert!(attempts.iter().all(|one| one["failure"] == "address_not_allowed"), "{failed}");
        let numbers: Vec<_> = attempts.iter().map(|one| one["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=round as u64).collect::<Vec<_>>());
        let path = format!("/v1/deliveries/{}/retry", id(&failed));
        assert_eq!(staff.post(&path, &Value::Null).await.status, 202);
        assert_eq!(world.sweep(clock::now()).await.sent, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_one_endpoints_fault_makes_nothing_happen_twice_at_another() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (broken, failing) = (hearing(&world).await, hearing(&world).await);
    alter(&world, &broken.1, |stored| Endpoint { url: unreadable(), ..stored }).await;
    failing.0.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    let well = [hearing(&world).await, hearing(&world).await, hearing(&world).await];
    world.order(&staff, &staff).await;
    for (_, endpoint) in &well {
        delivery_that(&staff, endpoint, "the delivery", |one| one["status"] == "DELIVERED").await;
    }
    for round in 2..=4 {
        for (_, endpoint) in [&broken, &failing] {
            let tried = delivery_that(&staff, endpoint, "a try", |one| tries(one) == round - 1).await;
            let path = format!("/v1/deliveries/{}/retry", id(&tried));
            assert_eq!(staff.post(&path, &Value::Null).await.status, 202);
        }
        assert_eq!(world.sweep(clock::now()).await.sent, 2);
        for (_, endpoint) in [&broken, &failing] {
            delivery_that(&staff, endpoint, "another try", |one| tries(one) == round).await;
        }
    }
    empty(&world).await;
    assert_eq!((broken.0.received().len(), failing.0.received().len()), (0, 4));
    assert!(well.iter().all(|(receiver, _)| receiver.received().len() == 1));
}

/// As after going back to an older release: a row says something that this one does not know.
async fn make_unreadable(world: &World, is_meant: impl Fn(&str, &str) -> bool, attribute: &str) {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let table = store::TableNames::default().deliveries;
    let all = client.scan().table_name(&table).send().await.unwrap();
    let text = |item: &HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
    let mut changed = 0;
    for item in all.items().iter().filter(|item| is_meant(&text(item, "pk"), &text(item, "sk"))) {
        let update = client.update_item().table_name(&table).update_expression("SET #name = :value");
        let update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        let value = AttributeValue::S("of another release".to_owned());
        let update = update.expression_attribute_names("#name", attribute);
        update.expression_attribute_values(":value", value).send().await.unwrap();
        changed += 1;
    }
    assert_eq!(changed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn l10_a_due_delivery_that_nobody_can_read_holds_up_no_other() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (broken, failing) = (hearing(&world).await, hearing(&world).await);
    for (receiver, _) in [&broken, &failing] {
        receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    }
    world.order(&staff, &staff).await;
    for (_, endpoint) in [&broken, &failing] {
        delivery_that(&staff, endpoint, "a try", |one| tries(one) == 1).await;
    }
    let target = format!("#D#{}#", id(&broken.1));
    make_unreadable(&world, |pk, _| pk.contains(&target), "event_type").await;
    failing.0.answer(|_, _| StatusCode::OK);
    let later = clock::now().plus_ms(7 * domain::time::DAY_MS);
    assert_eq!(world.sweep(later).await.sent, 1);
    delivery_that(&staff, &failing.1, "the delivery", |one| one["status"] == "DELIVERED").await;
    assert_eq!(broken.0.received().len(), 1, "it waits for somebody who can read it");
}

#[tokio::test(flavor = "multi_thread")]
async fn l10_a_delivery_that_nobody_can_read_is_left_out_of_lists_and_recoveries() {
    let world = World::with(still()).await;
    let (staff, receiver) = (world.tenant_staff(), Receiver::start().await.unwrap());
    receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "retrySchedule": []});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    for _ in 0..3 {
        world.order(&staff, &staff).await;
    }
    let are = async |status: &str, count: usize| {
        eventually(status, async || {
            let all = crate::failures::deliveries(&staff, &endpoint).await;
            (all.len() == count && all.iter().all(|one| one["status"] == status)).then_some(all)
        })
        .await
    };
    let newest = are("FAILED", 3).await[0]["webhookId"].as_str().unwrap().to_owned();
    make_unreadable(&world, |pk, sk| pk.contains(id(&endpoint)) && sk == newest, "status").await;
    are("FAILED", 2).await;

    receiver.answer(|_, _| StatusCode::OK);
    let path = format!("/v1/webhooks/{}/recover", id(&endpoint));
    let since = json!({"since": clock::now().plus_ms(-domain::time::DAY_MS).to_rfc3339()});
    assert_eq!(staff.post(&path, &since).await.status, 202);
    assert_eq!(world.sweep(clock::now()).await.recovered, 2);
    are("DELIVERED", 2).await;
    assert_eq!(staff.post(&path, &since).await.status, 202, "that recovery is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn d10_an_endpoint_that_nobody_can_read_keeps_no_other_from_hearing() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (broken, well) = (hearing(&world).await, hearing(&world).await);
    let broken_id = id(&broken.1).to_owned();
    make_unreadable(&world, |pk, sk| pk.ends_with("#E") && sk == broken_id, "subscription").await;
    world.order(&staff, &staff).await;
    arrivals(&well.0, 1).await;
    let user = world.user(domain::Scope::Shared).await;
    let elsewhere = Receiver::start().await.unwrap();
    world.hook(&user, &elsewhere.url("/"), &["order.created"]).await;
    world.order(&user, &world.staff()).await;
    arrivals(&elsewhere, 1).await;
    let listed = staff.get("/v1/webhooks").await.json();
    assert!(listed["data"].as_array().unwrap().iter().any(|one| id(one) == id(&well.1)));
    // What the broken one may have had to hear of is kept for a person.
    put_aside(&world).await;
    assert!(broken.0.received().is_empty());
}

/// A record that was put aside.
async fn put_aside(world: &World) -> HashMap<String, AttributeValue> {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let table = store::TableNames::default().deliveries;
    eventually("what was put aside", async || {
        let all = client.scan().table_name(&table).send().await.unwrap();
        all.items().iter().find(|item| item["pk"].as_s().unwrap().contains("#Q#")).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn l10_a_record_that_nobody_can_read_is_put_aside_and_the_others_go_on() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let tables = store::TableNames::default();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let poison = client
        .put_item()
        .table_name(&tables.state)
        .item("pk", text(&format!("T#{DEMO_TENANT}#O#{}", clock::fresh_id())))
        .item("sk", text("ORDER"))
        .item("v", AttributeValue::N("1".to_owned()))
        .item("version", AttributeValue::N("1".to_owned()))
        .item("outbox", text("1"))
        .item("events", AttributeValue::L(vec![text("nobody knows")]));
    poison.send().await.unwrap();
    world.order(&staff, &staff).await;
    arrivals(&receiver, 1).await;
    assert_eq!(deliveries(&staff, &endpoint).await.len(), 1);
    let aside = put_aside(&world).await;
    assert!(format!("{aside:?}").contains("nobody knows"), "it is kept as it came: {aside:?}");
}
