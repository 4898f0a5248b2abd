use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::caller::{Permission, Permissions};
use domain::id::UserId;
use domain::{Scope, TenantId, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::sealed::Keyring;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Grant, PKCS8_PREFIX, Verifier, jwks, mint};

const ISSUER: &str = "https://api.example";
const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

fn keys() -> Keyring {
    Keyring::new(&[1; 32]).unwrap()
}

fn grant() -> Grant {
    Grant {
        user: UserId::new(Uuid::from_u128(1)),
        scope: Scope::Tenant(TenantId::new(Uuid::from_u128(2))),
        permissions: Permissions::default().with(Permission::ReadOrders).with(Permission::WritePets),
        id: Uuid::from_u128(3),
        issued_at: NOW,
        lifetime_secs: 900,
        session: None,
    }
}

fn verify_at(token: &str, at: Timestamp) -> Result<Grant, String> {
    Verifier::new(&keys(), ISSUER).verify(token, at).map_err(|error| error.to_string())
}

fn is_refused(token: &str) -> bool {
    verify_at(token, NOW).is_err_and(|error| error.starts_with("invalid token: "))
}

fn segment(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parts(token: &str) -> (Value, Value, String) {
    let read = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    (read(parts[0]), read(parts[1]), parts[2].to_owned())
}

/// A token signed with the right key whose header and claims were changed first.
fn forged(change: impl FnOnce(&mut Header, &mut Value)) -> String {
    let (header, mut claims, _) = parts(&mint(&keys(), ISSUER, &grant()).unwrap());
    let mut header: Header = serde_json::from_value(header).unwrap();
    change(&mut header, &mut claims);
    let pkcs8 = [&PKCS8_PREFIX[..], &keys().jwt_key().to_bytes()].concat();
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&pkcs8)).unwrap()
}

#[test]
fn what_is_minted_is_granted() {
    assert_eq!(verify_at(&mint(&keys(), ISSUER, &grant()).unwrap(), NOW), Ok(grant()));
    let shared = Grant { scope: Scope::Shared, ..grant() };
    assert_eq!(verify_at(&mint(&keys(), ISSUER, &shared).unwrap(), NOW), Ok(shared));
    assert_eq!(verify_at(&forged(|_, _| {}), NOW), Ok(grant()));
}

#[test]
fn it_is_good_from_when_it_was_issued_until_it_expires_give_or_take_a_minute() {
    let token = mint(&keys(), ISSUER, &grant()).unwrap();
    let at = |secs: i64| {
        verify_at(&token, NOW.plus_ms(secs * 1_000)).map_err(|error| error.replace("invalid token: ", ""))
    };
    assert!(at(-60).is_ok() && at(960).is_ok());
    assert_eq!(at(-61), Err("the bearer token is not valid yet".to_owned()));
    assert_eq!(at(961), Err("the bearer token has expired".to_owned()));
}

#[test]
fn a_token_that_is_known_is_asked_for_its_time_again() {
    let (verifier, token) = (Verifier::new(&keys(), ISSUER), mint(&keys(), ISSUER, &grant()).unwrap());
    let short = mint(&keys(), ISSUER, &Grant { lifetime_secs: -40, ..grant() }).unwrap();
    let is_good = |token: &str, secs: i64| verifier.verify(token, NOW.plus_ms(secs * 1_000)).is_ok();
    assert!(is_good(&token, 0) && is_good(&short, 0));
    assert!(is_good(&token, 30) && !is_good(&short, 30) && !is_good(&token, -61));
    assert!(!is_good(&format!("{token}x"), 30));
}

#[test]
fn no_algorithm_is_no_token() {
    let (_, claims, signature) = parts(&mint(&keys(), ISSUER, &grant()).unwrap());
    let kid = jwks(&keys())["keys"][0]["kid"].take();
    for alg in ["none", "None", "", "HS256", "EdDSA"] {
        let head = segment(&json!({"alg": alg, "typ": "JWT", "kid": kid}));
        for end in ["", "AAAA"] {
            assert!(is_refused(&format!("{head}.{}.{end}", segment(&claims))), "{alg}");
        }
        assert!(alg == "EdDSA" || is_refused(&format!("{head}.{}.{signature}", segment(&claims))), "{alg}");
    }
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let (_, claims, _) = parts(&mint(&keys(), ISSUER, &grant()).unwrap());
    let public = keys().jwt_key().verifying_key().to_bytes();
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let mut header = Header::new(algorithm);
        header.kid = jwks(&keys())["keys"][0]["kid"].as_str().map(str::to_owned);
        let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&public)).unwrap();
        assert!(is_refused(&token));
    }
}

#[test]
fn another_key_is_refused() {
    let other = Keyring::new(&[2; 32]).unwrap();
    assert!(is_refused(&mint(&other, ISSUER, &grant()).unwrap()));
    assert!(is_refused(&forged(|header, _| header.kid = Some("other".to_owned()))));
    assert!(is_refused(&forged(|header, _| header.kid = None)));
    assert!(is_refused(&forged(|header, _| header.crit = Some(vec!["b64".to_owned()]))));
    // The webhooks' key is another one, even though it comes from the same master.
    assert_ne!(keys().webhook_key().to_bytes(), keys().jwt_key().to_bytes());
}

#[test]
fn keys_rotate_one_at_a_time() {
    let signed_by = |number| mint(&keys().with_token_key(number), ISSUER, &grant()).unwrap();
    let verified_by = |number, token: &str| {
        Verifier::new(&keys().with_token_key(number), ISSUER).verify(token, NOW).is_ok()
    };
    let good: Vec<_> = (1..=6).filter(|number| verified_by(4, &signed_by(*number))).collect();
    assert_eq!(good, [3, 4, 5]);
    // A `kid` names one key; no other is tried.
    let (mut header, claims, signature) = parts(&signed_by(3));
    header["kid"] = jwks(&keys().with_token_key(4))["keys"][0]["kid"].take();
    assert!(!verified_by(4, &format!("{}.{}.{signature}", segment(&header), segment(&claims))));
}

#[test]
fn another_issuer_or_audience_is_refused() {
    assert!(is_refused(&mint(&keys(), "https://other.example", &grant()).unwrap()));
    for (claim, value) in [
        ("iss", json!("https://api.example/")),
        ("iss", json!([ISSUER, "x"])),
        ("aud", json!("https://other.example")),
        ("aud", json!(["https://other.example", ISSUER])),
        ("sub", json!("00000000-0000-0000-0000-000000000000")),
        ("sub", json!("alice")),
        ("tenant", json!("shared")),
        ("tenant", json!("")),
        ("exp", json!("1766325383")),
        ("exp", json!(null)),
        ("iat", json!(null)),
        ("jti", json!("x")),
        ("scope", json!(["read:orders"])),
    ] {
        assert!(is_refused(&forged(|_, claims| claims[claim] = value.clone())), "{claim} {value}");
    }
    for claim in ["iss", "aud", "sub", "exp", "iat", "jti", "scope"] {
        assert!(
            is_refused(&forged(|_, claims| drop(claims.as_object_mut().unwrap().remove(claim)))),
            "{claim}"
        );
    }
}

#[test]
fn changed_claims_are_refused() {
    let token = mint(&keys(), ISSUER, &grant()).unwrap();
    let (header, mut claims, signature) = parts(&token);
    claims["tenant"] = json!(Uuid::from_u128(9));
    assert!(is_refused(&format!("{}.{}.{signature}", segment(&header), segment(&claims))));
    assert!(is_refused(&format!("{token}.")) && is_refused(&token[..token.len() - 1]) && is_refused(""));
}

#[test]
fn the_key_set_shows_public_keys_alone() {
    let set = jwks(&keys());
    let shown = set["keys"].as_array().unwrap();
    assert_eq!(shown.len(), 2);
    for (shown, key) in shown.iter().zip(keys().jwt_keys()) {
        let x = URL_SAFE_NO_PAD.decode(shown["x"].as_str().unwrap()).unwrap();
        assert_eq!((x.as_slice(), shown.get("d")), (&key.verifying_key().to_bytes()[..], None));
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_refused_without_a_panic(token in "[A-Za-z0-9_.-]{0,80}") {
        proptest::prop_assert!(is_refused(&token));
    }
}
