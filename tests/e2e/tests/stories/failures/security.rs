//! Whose deliveries they are, where they may go, and what is signed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::Timestamp;
use domain::delivery::{Delivery, DeliveryStatus, Due};
use domain::signature::{Message, WebhookSecret};
use domain::webhook::Endpoint;
use e2e::{Petstore, Received, Receiver, World, arrivals, eventually, id};
use http::StatusCode;
use local::options::Options;
use local::seed::{DEMO_TENANT, staff_of};
use platform::clock;
use queue::QueueName;
use serde_json::{Value, json};
use store::Commit;
use tokio::net::TcpListener;

use crate::failures::{delivery_that, empty, hearing, once, pools, send, still, stored, tries, unmade};

/// The failure of the endpoint's newest delivery, once it has one.
async fn failure(world: &World, endpoint: &Value) -> Value {
    let staff = world.tenant_staff();
    let failed = delivery_that(&staff, endpoint, "the refusal", |one| one["status"] == "FAILED").await;
    assert!(failed["attempts"][0]["answer"].is_null());
    failed["attempts"][0]["failure"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn x5_tests_changed_urls_and_callbacks_are_guarded_like_every_delivery() {
    let world = World::with(Options { no_seed: true, ..Options::ephemeral() }).await;
    let staff = world.tenant_staff();
    let own = world.local.wiring().dynamodb.endpoint.clone().unwrap();
    let (receiver, _) = hearing(&world).await;

    let tested = staff.post("/v1/webhooks", &once(&own)).await.json();
    assert_eq!(staff.post(&format!("/v1/webhooks/{}/test", id(&tested)), &Value::Null).await.status, 202);
    assert_eq!(failure(&world, &tested).await, "address_not_allowed");

    let changed = staff.post("/v1/webhooks", &once(&receiver.url("/"))).await.json();
    let path = format!("/v1/webhooks/{}", id(&changed));
    assert_eq!(staff.patch(&path, &json!({"url": own})).await.status, 200);
    let order = world.order(&staff, &staff).await;
    assert_eq!(failure(&world, &changed).await, "address_not_allowed");

    let accepted = world.ask(&staff, &order, &own).await;
    assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&order))).await.status, 204);
    let delivery = eventually("the callback's try", async || {
        let polled = staff.get(accepted.header("location")).await.json();
        let path = format!("/v1/deliveries/{}", polled["deliveryId"].as_str()?);
        let delivery = staff.get(&path).await.json();
        (delivery["attempts"].as_array()?.len() == 1).then_some(delivery)
    })
    .await;
    assert_eq!(delivery["attempts"][0]["failure"], "address_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn x7_the_environments_proxies_are_not_asked() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start().await.unwrap());
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", trap.local_addr().unwrap());
    let caught = Arc::new(AtomicUsize::new(0));
    let counting = caught.clone();
    tokio::spawn(async move {
        while trap.accept().await.is_ok() {
            counting.fetch_add(1, Ordering::SeqCst);
        }
    });
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let environment = names.map(|name| (name, proxy.as_str()));
    let petstore = Petstore::start(folder.path(), &["--no-seed"], &environment).await.unwrap();
    let api = petstore.staff(folder.path(), "tenant-token");
    let hook = json!({"url": receiver.url("/"), "events": ["pet.statusChanged", "order.created"]});
    let call = async |path: &str, body: &Value| api.call(http::Method::POST, path, body, &[]).await.unwrap();
    assert_eq!(call("/v1/webhooks", &hook).await.status, 201);
    let animal = json!({"name": "Max", "species": "DOG", "ageMonths": 1, "price": "1.00", "currency": "USD", "status": "AVAILABLE"});
    let pet = call("/v1/pets", &animal).await.json();
    assert_eq!(call("/v1/orders", &json!({"petId": pet["id"]})).await.status, 201);
    arrivals(&receiver, 2).await;
    assert_eq!(caught.load(Ordering::SeqCst), 0);
    petstore.kill().await;
}

fn message(received: &Received) -> Message<'_> {
    let at = Timestamp::from_ms(received.header("webhook-timestamp").parse::<i64>().unwrap() * 1_000);
    Message { id: received.header("webhook-id"), at, body: &received.body }
}

#[tokio::test(flavor = "multi_thread")]
async fn x13_the_bytes_that_are_stored_are_signed_and_sent_at_every_try() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    receiver.answer(|_, before| if before == 0 { StatusCode::CONFLICT } else { StatusCode::OK });
    let secret = WebhookSecret::parse(endpoint["secret"].as_str().unwrap()).unwrap();
    let row = unmade(&stored(&world, &endpoint).await, Due::sent(clock::now(), 0));
    // Spaces, an order of members and a way to write characters that no serialiser of ours would choose.
    let body = "{ \"z\" : 1.50,\t\"a\":\"\\u00fc ü \u{1f43e}\",  \"m\": [ ] }\n".to_owned();
    let row = Delivery { body: body.clone(), ..row };
    assert_eq!(world.store.delivery_create(&row).await.unwrap(), Commit::Done);
    send(&world, QueueName::Deliveries, &row, 1).await;
    arrivals(&receiver, 1).await;
    let tried = delivery_that(&staff, &endpoint, "the first try", |one| tries(one) == 1).await;
    let kept = world.store.delivery_fetch(DEMO_TENANT, row.id).await.unwrap().unwrap();
    assert_eq!(kept.body, body);
    assert_eq!(staff.post(&format!("/v1/deliveries/{}/retry", id(&tried)), &Value::Null).await.status, 202);
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    for copy in arrivals(&receiver, 2).await {
        assert_eq!(copy.body, body.as_bytes());
        assert_eq!(copy.header("webhook-signature"), message(&copy).sign_v1(&secret));
        assert_eq!(copy.header("x-webhook-signature"), message(&copy).sign_body(&secret));
    }
    let kept = world.store.delivery_fetch(DEMO_TENANT, row.id).await.unwrap().unwrap();
    assert_eq!(kept.body, body);
}

#[tokio::test(flavor = "multi_thread")]
async fn x14_two_pools_with_the_same_ids_everywhere_share_nothing() {
    let world = World::with(still()).await;
    let receivers = [Receiver::start().await.unwrap(), Receiver::start().await.unwrap()];
    let [(_, shared), (_, tenant)] = pools(&world);
    let template = world.hook(&tenant, &receivers[1].url("/"), &["order.created"]).await;
    let ours = stored(&world, &template).await;
    // The same endpoint in the other pool, down to its id and secret; and one delivery of one event at both.
    let keys = local::functions::keys(world.local.wiring()).unwrap();
    let scope = domain::Scope::Shared;
    let seal = |part: &str, text: &str| keys.seal(&Endpoint::context(scope, ours.id, part), text);
    let mut secrets = ours.secrets.clone();
    secrets[0].sealed = seal("secret", template["secret"].as_str().unwrap());
    let theirs = Endpoint {
        scope,
        owner: staff_of(scope),
        url: seal("url", &receivers[0].url("/")),
        secrets,
        ..ours.clone()
    };
    assert_eq!(world.store.transaction().create("endpoint", &theirs).commit().await.unwrap(), Commit::Done);
    let ours = unmade(&ours, Due::scheduled(clock::now()));
    let theirs = Delivery {
        scope,
        target: domain::delivery::Target::Endpoint { id: theirs.id, owner: theirs.owner },
        ..ours.clone()
    };
    for delivery in [&ours, &theirs] {
        let failed = Delivery { status: DeliveryStatus::Failed, due: None, ..delivery.clone() };
        assert_eq!(world.store.delivery_create(&failed).await.unwrap(), Commit::Done);
    }

    let path = format!("/v1/deliveries/{}", ours.id);
    assert_eq!(tenant.post(&format!("{path}/retry"), &Value::Null).await.status, 202);
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    arrivals(&receivers[1], 1).await;
    eventually("its record", async || {
        (tenant.get(&path).await.json()["status"] == "DELIVERED").then_some(())
    })
    .await;
    assert_eq!(shared.get(&path).await.json()["status"], "FAILED", "the other pool's was not begun");

    let hook = format!("/v1/webhooks/{}", id(&template));
    assert_eq!(tenant.patch(&hook, &json!({"status": "DISABLED"})).await.status, 200);
    assert_eq!(shared.get(&hook).await.json()["status"], "ENABLED");
    let since = json!({"since": clock::now().plus_ms(-60_000).to_rfc3339()});
    assert_eq!(shared.post(&format!("{hook}/recover"), &since).await.status, 202);
    let swept = world.sweep(clock::now()).await;
    assert_eq!((swept.recovered, swept.sent), (1, 1));
    arrivals(&receivers[0], 1).await;
    empty(&world).await;
    assert_eq!(receivers.each_ref().map(|receiver| receiver.received().len()), [1, 1]);
    assert_eq!(tenant.delete(&hook).await.status, 204);
    assert_eq!(shared.get(&hook).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn x17_an_update_counts_for_the_next_send_in_every_environment() {
    let world = World::with(Options { delivery_environments: 3, ..still() }).await;
    let staff = world.tenant_staff();
    let (old, new) = (Receiver::start().await.unwrap(), Receiver::start().await.unwrap());
    old.answer(|_, _| StatusCode::CONFLICT);
    let body = json!({"url": old.url("/"), "events": ["order.created"], "headers": {"x-team": "old"}});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    // Every environment knows the endpoint as it was.
    for _ in 0..12 {
        world.order(&staff, &staff).await;
    }
    arrivals(&old, 12).await;
    let pending = delivery_that(&staff, &endpoint, "the refusal", |one| tries(one) == 1).await;

    let path = format!("/v1/webhooks/{}", id(&endpoint));
    let change = json!({"url": new.url("/"), "headers": {"x-team": "new"}});
    assert_eq!(staff.patch(&path, &change).await.status, 200);
    let rotated = staff.post(&format!("{path}/secret"), &Value::Null).await.json();
    let secret = WebhookSecret::parse(rotated["secret"].as_str().unwrap()).unwrap();
    assert_eq!(staff.post(&format!("/v1/deliveries/{}/retry", id(&pending)), &Value::Null).await.status, 202);
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    for _ in 0..12 {
        world.order(&staff, &staff).await;
    }
    for one in arrivals(&new, 13).await {
        assert_eq!(one.header("x-team"), "new");
        assert!(one.header("webhook-signature").starts_with(&message(&one).sign_v1(&secret)));
        assert_eq!(one.header("x-webhook-signature"), message(&one).sign_body(&secret));
    }
    assert_eq!(old.received().len(), 12, "nothing went to the old address");
}
