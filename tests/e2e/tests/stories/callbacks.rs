//! The seed's own operation: `POST /orders/{id}` and what arrives at its `callbackUrl`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contract::Openapi;
use domain::Scope;
use domain::time::DAY_MS;
use e2e::{Card, Received, Receiver, Reply, World, arrivals, callback, code, id};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use platform::clock;
use serde_json::{Value, json};
use sha2::Sha256;

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Both HMAC signatures, computed as a receiver's own library would.
fn assert_signed(received: &Received, secret: &str) {
    let text = [signed_prefix(received).as_bytes(), &received.body].concat();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let v1 = format!("v1,{}", STANDARD.encode(mac(&key, &text)));
    assert!(received.header("webhook-signature").split(' ').any(|signature| signature == v1));
    let body = format!("sha256={}", hex::encode(mac(secret.as_bytes(), &received.body)));
    assert_eq!(received.header("x-webhook-signature"), body);
}

fn signed_prefix(received: &Received) -> String {
    format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentations_own_call_works_word_for_word() {
    let world = World::start().await;
    let staff = world.tenant_staff();
    let receiver = Receiver::start().await.unwrap();
    let order = staff.get("/v1/orders/019b4139-1234-7abc-8def-123456789abc").await.json();
    let body = json!({"amount": "738.05", "currency": "USD", "timestamp": "1758613403",
                      "callbackUrl": receiver.url("/callbacks/orders/1312312")});
    let tenant = [("x-tenant-id", "550e8400-e29b-41d4-a716-446655440000")];
    let path = format!("/v1/orders/{}", id(&order));
    let accepted = staff.call(http::Method::POST, &path, &body, &tenant).await;
    assert_eq!(accepted.status, 201);
    assert_eq!(accepted.json()["status"], "PENDING");
    let again = staff.call(http::Method::POST, &path, &body, &tenant).await;
    assert_eq!(again.json()["requestId"], accepted.json()["requestId"], "the same body is the same request");

    assert_eq!(world.pay(&staff, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    let called = arrivals(&receiver, 1).await;
    let body = called[0].json();
    Openapi::shared().unwrap().check_callback(&called[0].body).unwrap();
    assert_eq!((&body["requestId"], &body["status"]), (&accepted.json()["requestId"], &json!("COMPLETED")));
    assert_eq!(called[0].header("webhook-id"), body["requestId"].as_str().unwrap());
    let secret =
        staff.get("/v1/webhooks/callback-secret").await.json()["secret"].as_str().unwrap().to_owned();
    assert_signed(&called[0], &secret);
    assert_eq!(staff.get(accepted.header("location")).await.json()["status"], "COMPLETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_key_verifies_v1a_and_a_guest_has_a_secret_of_its_own() {
    let world = World::start().await;
    let (guest, staff) = (world.guest(), world.staff());
    let receiver = Receiver::start().await.unwrap();
    let order = world.order(&guest, &staff).await;
    let accepted = world.ask(&guest, &order, &receiver.url("/called")).await;
    world.pay(&guest, &order, Card::GOOD).await;
    let called = arrivals(&receiver, 1).await;
    assert_signed(&called[0], accepted.json()["secret"].as_str().unwrap());

    let keys = guest.get("/.well-known/webhook-keys").await.json();
    let public = STANDARD
        .decode(keys["keys"][0]["publicKey"].as_str().unwrap().strip_prefix("whpk_").unwrap())
        .unwrap();
    let key = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
    let signatures = called[0].header("webhook-signature");
    let v1a = signatures.split(' ').find_map(|signature| signature.strip_prefix("v1a,")).unwrap();
    let signature = Signature::from_slice(&STANDARD.decode(v1a).unwrap()).unwrap();
    let text = [signed_prefix(&called[0]).as_bytes(), &called[0].body].concat();
    key.verify(&text, &signature).unwrap();
}

/// What was asked for before is signed by both, for whoever verifies may not have changed over.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_gets_a_new_secret_and_the_old_one_signs_along() {
    let world = World::start().await;
    let (staff, path) = (world.tenant_staff(), "/v1/webhooks/callback-secret");
    let receiver = Receiver::start().await.unwrap();
    let order = world.order(&staff, &staff).await;
    world.ask(&staff, &order, &receiver.url("/called")).await;

    let secret = |reply: Reply| {
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"));
        reply.json()["secret"].as_str().unwrap().to_owned()
    };
    let old = secret(staff.get(path).await);
    let new = secret(staff.post(path, &Value::Null).await);
    assert_ne!(old, new);
    assert_eq!(secret(staff.get(path).await), new);
    assert_ne!(secret(world.user(Scope::Shared).await.get(path).await), new, "each user has their own");

    world.pay(&staff, &order, Card::GOOD).await;
    let called = &arrivals(&receiver, 1).await[0];
    assert_signed(called, &new);
    let text = [signed_prefix(called).as_bytes(), &called.body].concat();
    let v1 = |secret: &str| {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        format!("v1,{}", STANDARD.encode(mac(&key, &text)))
    };
    let signatures: Vec<_> = called.header("webhook-signature").split(' ').collect();
    assert_eq!(signatures[..2], [v1(&new), v1(&old)]);

    for _ in 0..3 {
        secret(staff.post(path, &Value::Null).await);
    }
    let refused = staff.post(path, &Value::Null).await;
    assert_eq!((refused.status.as_u16(), code(&refused)), (409, "callback_secrets_exceeded".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_end_of_an_order_is_reported_once() {
    let world = World::start().await;
    let (guest, staff) = (world.guest(), world.staff());
    let receiver = Receiver::start().await.unwrap();

    let cancelled = world.order(&guest, &staff).await;
    world.ask(&guest, &cancelled, &receiver.url("/cancelled")).await;
    assert_eq!(guest.delete(&format!("/v1/orders/{}", id(&cancelled))).await.status, 204);

    let mismatched = world.order(&guest, &staff).await;
    let mut body = callback(&mismatched, &receiver.url("/mismatched"), clock::now());
    body["amount"] = json!("1.00");
    assert_eq!(
        guest.post(&format!("/v1/orders/{}", id(&mismatched)), &body).await.json()["status"],
        "FAILED"
    );

    let unpaid = world.order(&guest, &staff).await;
    world.ask(&guest, &unpaid, &receiver.url("/unpaid")).await;
    let sweeper = local::functions::sweeper(world.local.wiring()).unwrap();
    delivery::sweeper::sweep(&sweeper, clock::now().plus_ms(DAY_MS + 1_000)).await.unwrap();
    world.local.waker().wake();

    let called = arrivals(&receiver, 3).await;
    let reason = |path: &str| {
        let found: Vec<_> = called.iter().filter(|received| received.path == path).collect();
        assert_eq!(found.len(), 1, "{path}");
        assert_eq!(found[0].json()["status"], "FAILED");
        found[0].json()["result"]["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(reason("/cancelled"), "order_cancelled");
    assert_eq!(reason("/mismatched"), "amount_mismatch");
    assert_eq!(reason("/unpaid"), "timed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_requests_may_be_open_and_bad_ones_are_malformed() {
    let world = World::start().await;
    let (guest, staff) = (world.guest(), world.staff());
    let receiver = Receiver::start().await.unwrap();
    let order = world.order(&guest, &staff).await;
    for number in 0..5 {
        assert_eq!(world.ask(&guest, &order, &receiver.url(&format!("/{number}"))).await.status, 201);
    }
    assert_eq!(world.ask(&guest, &order, &receiver.url("/6")).await.status, 429);

    let path = format!("/v1/orders/{}", id(&order));
    let bad = json!({"amount": "x", "currency": "usd", "timestamp": "99999999999", "callbackUrl": "ftp://a"});
    let refused = guest.post(&path, &bad).await;
    assert_eq!(refused.status, 400);
    let fields: Vec<_> =
        refused.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["amount", "currency", "timestamp", "callbackUrl"]);
    assert_eq!(guest.post(&path, &json!({"amount": 1})).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_about_anothers_order() {
    let world = World::start().await;
    let (owner, other) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let order = world.order(&owner, &world.staff()).await;
    for stranger in [&other, &world.guest()] {
        assert_eq!(world.ask(stranger, &order, "http://127.0.0.1:9/").await.status, 404);
    }
}
