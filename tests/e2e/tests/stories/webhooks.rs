//! Webhook endpoints: who hears of what, and what happens when a receiver fails.

use contract::Openapi;
use domain::Scope;
use e2e::{Card, Receiver, World, arrivals, eventually, id};
use http::StatusCode;
use local::options::Options;
use serde_json::json;

/// Retries follow within milliseconds.
fn quick() -> Options {
    Options { retry_scale: 10_000.0, ..Options::ephemeral() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_an_order_arrives_in_its_documented_shape() {
    let world = World::start().await;
    let staff = world.tenant_staff();
    let receiver = Receiver::start().await.unwrap();
    world.hook(&staff, &receiver.url("/hooks"), &["*"]).await;
    let order = world.order(&staff, &staff).await;
    world.pay(&staff, &order, Card::DECLINED).await;
    world.pay(&staff, &order, Card::GOOD).await;
    assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&order))).await.status, 204);
    let kinds = |received: &[e2e::Received]| {
        let mut kinds: Vec<_> =
            received.iter().map(|r| r.json()["eventType"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    };
    let received = arrivals(&receiver, 9).await;
    assert_eq!(
        kinds(&received),
        [
            "order.created",
            "order.statusChanged",
            "order.statusChanged",
            "payment.failed",
            "payment.refunded",
            "payment.succeeded",
            "pet.statusChanged",
            "pet.statusChanged",
            "pet.statusChanged",
        ]
    );
    for event in &received {
        let kind = event.json()["eventType"].as_str().unwrap().to_owned();
        Openapi::shared().unwrap().check_webhook(&kind, &event.body).unwrap();
        assert_eq!(event.header("webhook-id"), event.json()["eventId"].as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_reaches_64_kib_whatever_clients_wrote() {
    const BYTES_MAX: usize = 64 * 1_024;
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    world.hook(&staff, &receiver.url("/"), &["*"]).await;
    // Characters that take six bytes in JSON, or four in UTF-8.
    let (escaped, wide) = (|count| "\u{1}".repeat(count), |count| "\u{10ffff}".repeat(count));
    let photos: Vec<_> = (0..20).map(|n| format!("https://a.example/{n}/{}", "a".repeat(2_000))).collect();
    let pet = json!({"name": wide(50), "species": "DOG", "ageMonths": 24, "price": "9999999999.99",
                     "status": "AVAILABLE", "breed": wide(100), "color": wide(100), "description": escaped(4_096),
                     "photos": photos, "medicalInfo": {"healthNotes": escaped(4_096)}});
    let pet = staff.post("/v1/pets", &pet).await;
    assert_eq!(pet.status, 201, "{}", pet.json());
    let order = staff.post("/v1/orders", &json!({"petId": pet.json()["id"]})).await.json();
    let mut payment = e2e::payment(&order, Card::GOOD);
    payment["source"]["name"] = json!(wide(100));
    payment["source"]["billingAddress"] =
        json!({"city": wide(100), "state": wide(100), "postalCode": wide(100), "country": "US"});
    let paid = staff.post(&format!("/v1/orders/{}/payment", id(&order)), &payment).await;
    assert_eq!((paid.status.as_u16(), &paid.json()["status"]), (201, &json!("SUCCEEDED")), "{}", paid.json());
    assert_eq!(world.ask(&staff, &order, &receiver.url("/callback")).await.status, 201);
    // An order, its status, its payment, its pet twice, and the callback.
    let longest = arrivals(&receiver, 6).await.iter().map(|one| one.body.len()).max().unwrap();
    assert!(longest < BYTES_MAX, "{longest} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn l7_only_the_endpoints_that_failed_are_tried_again() {
    let world = World::with(quick()).await;
    let staff = world.tenant_staff();
    let (good, bad) = (Receiver::start().await.unwrap(), Receiver::start().await.unwrap());
    // Two endpoints here: each is refused twice.
    bad.answer(|_, before| if before < 4 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK });
    for path in ["/1", "/2", "/3"] {
        world.hook(&staff, &good.url(path), &["order.created"]).await;
    }
    let mut failing = Vec::new();
    for path in ["/4", "/5"] {
        failing.push(world.hook(&staff, &bad.url(path), &["order.created"]).await);
    }
    world.order(&staff, &staff).await;
    let tries = arrivals(&bad, 6).await;
    assert!(tries.iter().all(|one| one.header("webhook-id") == tries[0].header("webhook-id")));
    assert!(tries.iter().all(|one| one.body == tries[0].body));
    let mut taken: Vec<_> = arrivals(&good, 3).await.into_iter().map(|one| one.path).collect();
    taken.sort_unstable();
    assert_eq!(taken, ["/1", "/2", "/3"]);

    let mut statuses = Vec::new();
    for endpoint in &failing {
        let path = format!("/v1/webhooks/{}/deliveries", id(endpoint));
        let log = eventually("the delivery's record", async || {
            let page = staff.get(&path).await.json();
            (page["data"][0]["status"] == "DELIVERED").then(|| page["data"][0].clone())
        })
        .await;
        statuses.extend(log["attempts"].as_array().unwrap().iter().map(|a| a["status"].as_u64()));
        let delivery = staff.get(&format!("/v1/deliveries/{}", id(&log))).await;
        assert_eq!(delivery.json()["webhookId"], tries[0].header("webhook-id"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 500, 500, 500, 500].map(Some));
    assert_eq!((bad.received().len(), good.received().len()), (6, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_switches_an_endpoint_off_and_keeps_what_comes_later() {
    let world = World::with(quick()).await;
    let staff = world.tenant_staff();
    let receiver = Receiver::start().await.unwrap();
    receiver.answer(|_, _| StatusCode::GONE);
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created"]).await;
    world.order(&staff, &staff).await;
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    eventually("the delivery's record", async || {
        (staff.get(&path).await.json()["status"] == "GONE").then_some(())
    })
    .await;
    world.order(&staff, &staff).await;
    let deliveries = format!("{path}/deliveries");
    let statuses = eventually("the delivery's record", async || {
        let page = staff.get(&deliveries).await.json();
        let statuses: Vec<_> = page["data"].as_array().unwrap().iter().map(|d| d["status"].clone()).collect();
        (statuses.len() == 2).then_some(statuses)
    })
    .await;
    assert_eq!(statuses, ["PAUSED", "FAILED"]);
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_shared_pool_each_hears_of_its_own_orders_only() {
    let world = World::start().await;
    let (one, other) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let receiver = Receiver::start().await.unwrap();
    world.hook(&one, &receiver.url("/one"), &["order.created"]).await;
    world.hook(&other, &receiver.url("/other"), &["order.created"]).await;
    world.order(&world.guest(), &world.staff()).await;
    let theirs = world.order(&other, &world.staff()).await;
    let mine = world.order(&one, &world.staff()).await;
    let received = arrivals(&receiver, 2).await;
    for event in &received {
        let expected = if event.path == "/one" { &mine } else { &theirs };
        assert_eq!(event.json()["data"]["order"]["id"], expected["id"]);
    }
    assert_eq!(received.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_are_managed_and_their_secret_is_shown_once() {
    let world = World::start().await;
    let (owner, other) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let endpoint = world.hook(&owner, "http://127.0.0.1:9/a", &["order.created"]).await;
    assert!(endpoint["secret"].as_str().unwrap().starts_with("whsec_"));
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    let shown = owner.get(&path).await;
    assert_eq!(
        (shown.json()["url"].clone(), shown.json()["secret"].clone()),
        (json!("http://127.0.0.1:9/a"), json!(null))
    );
    assert_eq!(other.get(&path).await.status, 404);
    let changed = owner.patch(&path, &json!({"events": ["*"], "status": "DISABLED"})).await.json();
    assert_eq!((&changed["events"], &changed["status"]), (&json!(["*"]), &json!("DISABLED")));
    assert_eq!(owner.get("/v1/webhooks").await.json()["data"].as_array().unwrap().len(), 1);

    assert_eq!(owner.post("/v1/webhooks", &json!({"url": "gopher://x", "events": []})).await.status, 422);
    for _ in 0..4 {
        world.hook(&owner, "http://127.0.0.1:9/b", &["*"]).await;
    }
    let sixth = owner.post("/v1/webhooks", &json!({"url": "http://127.0.0.1:9/c", "events": ["*"]})).await;
    assert_eq!(sixth.status, 409);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn x15_a_header_that_is_ours_to_set_is_refused_in_every_spelling() {
    let world = World::bare().await;
    let staff = world.tenant_staff();
    let mut names: Vec<_> =
        ["host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"].into();
    names.extend(["expect", "date", "user-agent", "accept-encoding", "content-type", "content-length"]);
    names.extend(["content-encoding", "webhook-id", "webhook-timestamp", "webhook-signature", "webhook-x"]);
    names.extend([
        "x-webhook-signature",
        "x-petstore-order-version",
        "proxy-authorization",
        "sec-fetch-mode",
    ]);
    let upper: Vec<_> = names.iter().map(|name| name.to_uppercase()).collect();
    for name in names.into_iter().map(str::to_owned).chain(upper) {
        let body = json!({"url": "http://127.0.0.1:9/", "events": ["*"], "headers": {name.as_str(): "mine"}});
        let refused = staff.post("/v1/webhooks", &body).await;
        assert_eq!(
            (refused.status.as_u16(), e2e::code(&refused)),
            (422, "header_not_allowed".to_owned()),
            "{name}"
        );
        assert_eq!(refused.json()["errors"][0]["field"], format!("headers.{name}"));
    }
    let headers = json!({"x-team": "caf\u{e9}", "x team": "pets"});
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["*"], "headers": headers});
    let errors = staff.post("/v1/webhooks", &body).await.json()["errors"].clone();
    let told = |place: usize| (errors[place]["field"].clone(), errors[place]["code"].clone());
    assert_eq!(told(0), (json!("headers"), json!("header_not_allowed")), "what is no name is not repeated");
    assert_eq!(told(1), (json!("headers.x-team"), json!("invalid_format")));
    assert_eq!(staff.get("/v1/webhooks").await.json()["data"], json!([]));
}
