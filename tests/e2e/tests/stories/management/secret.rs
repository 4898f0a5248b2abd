//! Secrets that are rotated, and the asymmetric signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use domain::signature::{Message, WebhookSecret};
use domain::time::DAY_MS;
use domain::webhook::{Endpoint, EndpointSecret};
use e2e::{Api, Received, Receiver, World, arrivals, code, id};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use platform::clock;
use serde_json::{Value, json};

use crate::management::{alter, quick};

async fn rotate(api: &Api, endpoint: &Value) -> WebhookSecret {
    let reply = api.post(&format!("/v1/webhooks/{}/secret", id(endpoint)), &Value::Null).await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    WebhookSecret::parse(reply.json()["secret"].as_str().unwrap()).unwrap()
}

fn message(received: &Received) -> Message<'_> {
    let at = Timestamp::from_ms(received.header("webhook-timestamp").parse::<i64>().unwrap() * 1_000);
    Message { id: received.header("webhook-id"), at, body: &received.body }
}

#[tokio::test(flavor = "multi_thread")]
async fn x12_for_a_day_the_old_secret_signs_along() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created"]).await;
    let old = WebhookSecret::parse(endpoint["secret"].as_str().unwrap()).unwrap();
    let new = rotate(&staff, &endpoint).await;
    assert_ne!(old, new);
    world.order(&staff, &staff).await;
    let first = arrivals(&receiver, 1).await[0].clone();
    let both = format!("{} {}", message(&first).sign_v1(&new), message(&first).sign_v1(&old));
    assert_eq!(first.header("webhook-signature"), both);
    assert_eq!(first.header("x-webhook-signature"), message(&first).sign_body(&new));

    let expired = |secret: EndpointSecret| EndpointSecret {
        expires_at: secret.expires_at.map(|at| at.plus_ms(-DAY_MS)),
        ..secret
    };
    alter(&world, &endpoint, |stored| {
        assert!(stored.secrets[1].expires_at.is_some_and(|at| at > clock::now().plus_ms(DAY_MS - 60_000)));
        Endpoint { secrets: stored.secrets.iter().cloned().map(expired).collect(), ..stored }
    })
    .await;
    world.order(&staff, &staff).await;
    let second = arrivals(&receiver, 2).await[1].clone();
    assert_eq!(second.header("webhook-signature"), message(&second).sign_v1(&new));
    assert_eq!(staff.get(&format!("/v1/webhooks/{}", id(&endpoint))).await.json()["secret"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_secrets_sign_at_most() {
    let world = World::with(quick()).await;
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, "http://127.0.0.1:9/", &["*"]).await;
    for _ in 0..4 {
        rotate(&staff, &endpoint).await;
    }
    let sixth = staff.post(&format!("/v1/webhooks/{}/secret", id(&endpoint)), &Value::Null).await;
    assert_eq!((sixth.status.as_u16(), code(&sixth)), (409, "endpoint_secrets_exceeded".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_may_choose_a_signature_that_needs_no_secret() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "asymmetricSignature": true});
    assert_eq!(staff.post("/v1/webhooks", &body).await.json()["asymmetricSignature"], true);
    world.order(&staff, &staff).await;
    let received = &arrivals(&receiver, 1).await[0];
    let keys = world.guest().get("/.well-known/webhook-keys").await.json();
    let public = keys["keys"][0]["publicKey"].as_str().unwrap().strip_prefix("whpk_").unwrap();
    let key = VerifyingKey::from_bytes(&STANDARD.decode(public).unwrap().try_into().unwrap()).unwrap();
    let signed =
        received.header("webhook-signature").split(' ').find_map(|one| one.strip_prefix("v1a,")).unwrap();
    let signature = Signature::from_slice(&STANDARD.decode(signed).unwrap()).unwrap();
    let text = format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp"));
    key.verify(&[text.as_bytes(), &received.body].concat(), &signature).unwrap();
}
