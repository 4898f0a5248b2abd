use domain::caller::{Permissions, User};
use domain::id::UserId;
use domain::{Caller, Error, Result, Scope, TenantId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{Asked, Idempotency, after, in_use, key};
use crate::answer::Answer;
use crate::header::map;

const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
const ANONYMOUS: Caller = Caller { scope: Scope::Shared, user: None };
const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

fn alice() -> Caller {
    let user = User {
        id: UserId::new(Uuid::from_u128(7)),
        permissions: Permissions::all(),
        staff: false,
        is_client: false,
    };
    Caller { scope: Scope::Shared, user: Some(user) }
}

fn read(value: &str, caller: &Caller) -> Result<Option<String>> {
    key(&map(&[("idempotency-key", value)]), caller)
}

fn asked(caller: &Caller, key: &str, path: &str, body: &[u8]) -> Idempotency {
    Idempotency::of(&[1; 32], caller, key, &Asked { method: "POST", path, body })
}

fn pay(body: &[u8]) -> Idempotency {
    asked(&alice(), KEY, "/v1/orders/7/payment", body)
}

#[test]
fn a_key_is_quoted_or_bare() {
    assert_eq!(key(&map(&[]), &alice()).unwrap(), None);
    for (value, says) in [
        ("a", "a"),
        ("\"a\"", "a"),
        (KEY, KEY),
        ("\"a\\\"b\\\\\"", "a\"b\\"),
        ("\"a,b\"", "a,b"),
        ("  a\t", "a"),
    ] {
        assert_eq!(read(value, &alice()).unwrap().as_deref(), Some(says), "{value}");
    }
}

#[test]
fn what_is_no_key_is_malformed() {
    let long = "k".repeat(256);
    for value in
        ["", "\"\"", "a b", "\"a b\"", "\"a", "a\"", "\"a\"b", "\"a\",\"a\"", "a,a", "a, b", "\"\\n\"", &long]
    {
        assert!(matches!(read(value, &alice()), Err(Error::Malformed { .. })), "{value}");
    }
    assert!(read(&long[1..], &alice()).is_ok());
    assert!(key(&map(&[("idempotency-key", "a"), ("idempotency-key", "a")]), &alice()).is_err());
}

#[test]
fn an_anonymous_key_cannot_be_guessed() {
    assert!(read(&"k".repeat(21), &ANONYMOUS).is_err());
    assert!(read(&"k".repeat(22), &ANONYMOUS).is_ok());
}

#[test]
fn a_key_belongs_to_pool_caller_and_operation() {
    let tenant = Scope::Tenant(TenantId::new(Uuid::from_u128(9)));
    let ids = [
        asked(&alice(), KEY, "/v1/orders", b"").id,
        asked(&Caller { scope: tenant, ..alice() }, KEY, "/v1/orders", b"").id,
        asked(&ANONYMOUS, KEY, "/v1/orders", b"").id,
        asked(&alice(), "other", "/v1/orders", b"").id,
        asked(&alice(), KEY, "/v1/orders/7/payment", b"").id,
        asked(&alice(), KEY, "/v1/orders/8/payment", b"").id,
    ];
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len());
    assert_eq!(asked(&alice(), KEY, "/v1/orders", b"{}").id, ids[0]);
}

#[test]
fn nothing_of_key_or_payload_is_kept() {
    let record = pay(b"{\"number\":\"4242424242424242\"}").completed(&Answer::no_content());
    let text = format!("{record:?}");
    assert!(!text.contains("4242424242424242") && !text.contains(KEY));
    assert_eq!((record.id.len(), record.fingerprint.len()), (64, 64));
}

#[test]
fn the_same_request_gets_the_same_answer() {
    let answer = Answer::created("/v1/orders/7", json!({"id": "7"})).version(1);
    let again = pay(b"{}").repeat(pay(b"{}").completed(&answer)).unwrap();
    assert_eq!((again.status(), again.body()), (answer.status(), answer.body()));
    let value = |name| again.header_value(name);
    assert_eq!(value("idempotent-replayed"), Some("true"));
    assert_eq!((value("location"), value("etag")), (Some("/v1/orders/7"), Some("\"1\"")));
}

#[test]
fn another_payload_is_invalid() {
    let record = pay(b"{}").completed(&Answer::no_content());
    let Err(Error::Invalid(errors)) = pay(b"{ }").repeat(record) else { panic!() };
    assert_eq!((errors[0].field.as_str(), errors[0].code), ("Idempotency-Key", "idempotency_key_reused"));
}

#[test]
fn after_a_refusal_the_record_decides() {
    let refused = || Error::conflict("pet_not_available", "the pet is taken");
    let reused = || Err(Error::invalid("Idempotency-Key", "idempotency_key_reused", "x"));
    assert!(after(refused(), Ok(Answer::no_content())).is_ok());
    assert!(matches!(after(refused(), reused()), Err(Error::Invalid(_))));
    assert!(after(Error::fault("x"), Ok(Answer::no_content())).is_ok());
    assert!(matches!(after(Error::fault("x"), reused()), Err(Error::Internal { .. })));
}

#[test]
fn waiting_is_rounded_up_to_seconds() {
    let wait = |ms| match in_use(NOW.plus_ms(ms), NOW) {
        Error::Conflict { retry_after_secs, .. } => retry_after_secs,
        _ => None,
    };
    assert_eq!([1, 1_000, 1_001, 0, -5].map(wait), [1, 1, 2, 1, 1].map(Some));
}

proptest::proptest! {
    #[test]
    fn any_header_is_read_without_a_panic(value in "[ -~]{0,40}") {
        read(&value, &alice()).ok();
    }

    #[test]
    fn quoting_changes_nothing(key in "[!#-+--\\[\\]-~]{22,255}") {
        proptest::prop_assert_eq!(read(&format!("\"{key}\""), &ANONYMOUS).unwrap(), Some(key.clone()));
        proptest::prop_assert_eq!(read(&key, &ANONYMOUS).unwrap(), Some(key));
    }
}
