//! Access tokens that nobody issued, and such as are too old or too young.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::caller::Permissions;
use domain::id::UserId;
use domain::time::{HOUR_MS, MINUTE_MS};
use domain::{Scope, Timestamp};
use e2e::{Api, World};
use hmac::{Hmac, KeyInit, Mac};
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};
use sha2::Sha256;
use web::token::{Grant, Session, mint};

use super::{Program, tenant_program};

/// The claims of an access token.
pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, place: usize) -> Value {
    let text = URL_SAFE_NO_PAD.decode(token.split('.').nth(place).unwrap()).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

async fn status(world: &World, token: &str) -> u16 {
    Api(world.guest().0.with_token(token)).get("/v1/orders").await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_algorithm_and_no_other_key_signs_a_token() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders").await;
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(status(&world, token).await, 200);
    let (header, claims) = (part(token, 0), claims(token));
    let signature = token.split('.').nth(2).unwrap();
    let jwks = world.guest().get("/.well-known/jwks.json").await.json();
    let public = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().unwrap()).unwrap();
    let mut forged = Vec::new();
    for alg in ["none", "None", "NONE", "", "HS256", "RS256", "ES256"] {
        let mut changed = header.clone();
        changed["alg"] = json!(alg);
        let signed = format!("{}.{}", encoded(&changed), encoded(&claims));
        let mac = Hmac::<Sha256>::new_from_slice(&public).unwrap().chain_update(&signed).finalize();
        forged.extend([format!("{signed}."), format!("{signed}.{signature}")]);
        forged.push(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes())));
    }
    // A key that the token brings along, or names elsewhere, or none at all.
    for (name, value) in [
        ("jwk", jwks["keys"][0].clone()),
        ("jku", json!("https://evil.example/jwks.json")),
        ("kid", json!("../../dev/null")),
        ("kid", json!(null)),
        ("crit", json!(["x"])),
    ] {
        let mut changed = header.clone();
        changed[name] = value;
        forged.push(format!("{}.{}.{signature}", encoded(&changed), encoded(&claims)));
    }
    for (name, value) in [("scope", json!("write:orders")), ("tenant", json!(null)), ("sid", json!(null))] {
        let mut changed = claims.clone();
        changed[name] = value;
        forged.push(format!("{}.{}.{signature}", encoded(&header), encoded(&changed)));
    }
    for token in forged {
        assert_eq!(status(&world, &token).await, 401, "{token}");
    }
}

/// A token of `program`'s consent, as it would be had it been issued then.
fn minted(world: &World, program: &Program, tokens: &Value, issued_at: Timestamp) -> String {
    let claims = claims(tokens["access_token"].as_str().unwrap());
    let family = domain::id::FamilyId::parse(claims["sid"].as_str().unwrap()).unwrap();
    let client = domain::oauth::ClientRef::parse(&program.client_id).unwrap();
    let grant = Grant {
        user: UserId::parse(claims["sub"].as_str().unwrap()).unwrap(),
        scope: DEMO_TENANT,
        permissions: Permissions::all(),
        id: clock::fresh_id(),
        issued_at,
        lifetime_secs: 900,
        session: Some(Session { family, client }),
    };
    mint(&local::functions::keys(world.local.wiring()).unwrap(), world.local.base_url(), &grant).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_neither_before_nor_after_its_time() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders").await;
    let at = |ms| minted(&world, &program, &tokens, clock::now().plus_ms(ms));
    assert_eq!(status(&world, &at(0)).await, 200);
    for ms in [-HOUR_MS, -17 * MINUTE_MS, 2 * MINUTE_MS, HOUR_MS] {
        assert_eq!(status(&world, &at(ms)).await, 401, "{ms}");
        // And it revokes nothing.
        let reply = program.post("/revoke", &[("token", &at(ms))]).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({})), "{ms}");
    }
    assert_eq!(status(&world, tokens["access_token"].as_str().unwrap()).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_consent_that_never_was_is_void() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders").await;
    let token = minted(&world, &program, &tokens, clock::now());
    let claims = claims(&token);
    let grant = Grant {
        user: UserId::parse(claims["sub"].as_str().unwrap()).unwrap(),
        scope: DEMO_TENANT,
        permissions: Permissions::all(),
        id: clock::fresh_id(),
        issued_at: clock::now(),
        lifetime_secs: 900,
        session: Some(Session {
            family: domain::id::FamilyId::new(clock::fresh_id()),
            client: domain::oauth::ClientRef { scope: Scope::Shared, id: domain::oauth::FIRST_PARTY },
        }),
    };
    let keys = local::functions::keys(world.local.wiring()).unwrap();
    assert_eq!(status(&world, &mint(&keys, world.local.base_url(), &grant).unwrap()).await, 401);
}
