//! Repeats of what is done.

use e2e::{Api, Books, Card, Receiver, Reply, World, callback, code, id, payment};
use payments::provider::{Provider, Stripe};
use platform::clock;
use serde_json::{Value, json};

use crate::idempotency::{REPLAYED, fresh_key};

/// Every operation that honours the header, with a body and another one that is as good.
async fn operations(world: &World, staff: &Api, receiver: &Receiver) -> Vec<(String, Value, Value)> {
    let pets = [world.pet(staff).await, world.pet(staff).await];
    let order = world.order(staff, staff).await;
    let paid = world.order(staff, staff).await;
    let pet = |name: &str| json!({"name": name, "species": "CAT", "ageMonths": 3, "price": "10.00", "currency": "EUR", "status": "AVAILABLE"});
    let hook = |path: &str| json!({"url": receiver.url(path), "events": ["*"]});
    let ask = |path: &str| callback(&order, &receiver.url(path), clock::now());
    vec![
        ("/v1/pets".to_owned(), pet("Luna"), pet("Milo")),
        ("/v1/orders".to_owned(), json!({"petId": pets[0]["id"]}), json!({"petId": pets[1]["id"]})),
        (format!("/v1/orders/{}", id(&order)), ask("/a"), ask("/b")),
        (
            format!("/v1/orders/{}/payment", id(&paid)),
            payment(&paid, Card::GOOD),
            payment(&paid, Card::DECLINED),
        ),
        ("/v1/webhooks".to_owned(), hook("/a"), hook("/b")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn p1_a_repeat_is_answered_again_and_says_so_and_another_payload_is_refused() {
    let world = World::bare().await;
    let (staff, receiver) = (world.staff(), Receiver::start().await.unwrap());
    for (path, body, other) in operations(&world, &staff, &receiver).await {
        let key = fresh_key();
        let first = staff.post_once(&path, &body, &key).await;
        assert_eq!((first.status.as_u16(), first.header(REPLAYED)), (201, ""), "{path} {}", first.json());
        let again = staff.post_once(&path, &body, &key).await;
        assert_eq!((again.status.as_u16(), again.header(REPLAYED)), (201, "true"), "{path}");
        assert_eq!(again.json(), without_secret(&first), "{path}");
        for header in ["location", "etag", "content-type"] {
            assert_eq!(again.header(header), first.header(header), "{path} {header}");
        }
        let reused = staff.post_once(&path, &other, &key).await;
        assert_eq!(
            (reused.status.as_u16(), code(&reused)),
            (422, "idempotency_key_reused".to_owned()),
            "{path}"
        );
    }
    Books::read(&world).await.assert_agree();
}

fn without_secret(reply: &Reply) -> Value {
    let mut body = reply.json();
    if let Some(members) = body.as_object_mut() {
        members.remove("secret");
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_an_endpoint_is_shown_once() {
    let world = World::bare().await;
    let (staff, receiver, key) = (world.staff(), Receiver::start().await.unwrap(), fresh_key());
    let hook = json!({"url": receiver.url("/"), "events": ["order.created"]});
    let first = staff.post_once("/v1/webhooks", &hook, &key).await;
    assert!(first.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = staff.post_once("/v1/webhooks", &hook, &key).await;
    assert_eq!((again.header(REPLAYED), &again.json()["secret"]), ("true", &Value::Null));
    assert_eq!(again.json(), without_secret(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_lost_the_answer_gets_the_callbacks_secret_from_a_repeat_and_no_record_holds_it() {
    let world = World::bare().await;
    let (guest, staff, receiver) = (world.guest(), world.staff(), Receiver::start().await.unwrap());
    let (order, key) = (world.order(&guest, &staff).await, fresh_key());
    let body = callback(&order, &receiver.url("/"), clock::now());
    let path = format!("/v1/orders/{}", id(&order));
    let ask = || guest.post_once(&path, &body, &key);
    // Of two at the same moment one is the first, and the other is told the same.
    let (one, other) = tokio::join!(ask(), ask());
    let secret = one.json()["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!((one.status.as_u16(), one.json()), (other.status.as_u16(), other.json()));
    assert_eq!(world.pay(&guest, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    let again = ask().await;
    assert_eq!((again.header(REPLAYED), again.json()), ("true", one.json()), "as it was said at first");
    for header in ["location", "content-type"] {
        assert_eq!(again.header(header), one.header(header), "{header}");
    }
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let kept = client.scan().table_name(store::TableNames::default().state).send().await.unwrap();
    let kept = format!("{:?}", kept.items());
    assert!(kept.contains(one.json()["requestId"].as_str().unwrap()) && !kept.contains(&secret), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p4_a_refused_request_leaves_its_key_free() {
    let world = World::bare().await;
    let staff = world.staff();
    let (pet, key) = (world.pet(&staff).await, fresh_key());
    let held = staff.post("/v1/orders", &json!({"petId": pet["id"]})).await.json();
    let bodies = [
        (422, json!({"petId": pet["id"], "totalAmount": "1.00"})),
        (404, json!({"petId": clock::fresh_id()})),
        (409, json!({"petId": pet["id"]})),
    ];
    for (status, body) in bodies {
        assert_eq!(staff.post_once("/v1/orders", &body, &key).await.status, status, "{body}");
    }
    assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&held))).await.status, 204);
    let made = staff.post_once("/v1/orders", &json!({"petId": pet["id"]}), &key).await;
    assert_eq!((made.status.as_u16(), made.header(REPLAYED)), (201, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_payment_does_not_send_its_card_to_the_provider_again() {
    let world = World::bare().await;
    let guest = world.guest();
    let (order, key) = (world.order(&guest, &world.staff()).await, fresh_key());
    let (path, body) = (format!("/v1/orders/{}/payment", id(&order)), payment(&order, Card::DECLINED));
    let first = guest.post_once(&path, &body, &key).await;
    assert_eq!(first.json()["status"], "FAILED", "the order can be paid again");

    let receiver = Receiver::start().await.unwrap();
    let mut app = local::functions::payments(world.local.wiring()).unwrap();
    app.provider = Provider::Stripe(Stripe::new(receiver.url(""), "sk_test".to_owned()));
    let ask = async |key: &str| {
        let request = lambda_http::http::Request::post(path.as_str())
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        let request = request.body(lambda_http::Body::from(body.to_string())).unwrap();
        payments::handle(&app, request).await
    };
    let again = ask(&key).await;
    assert_eq!((again.status().as_u16(), again.headers()[REPLAYED].as_bytes()), (201, b"true".as_slice()));
    assert!(receiver.received().is_empty());
    assert_eq!(ask(&fresh_key()).await.status(), 503, "another payment goes there");
    assert_eq!(receiver.received().len(), 1);
}
