//! Which secrets sign and for how long, and what a try changes.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    Change, Endpoint, EndpointSecret, EndpointStatus, Health, SECRETS_MAX, Sealed, Star, Subscription,
};
use crate::event::EventType;
use crate::id::{EndpointId, UserId};
use crate::retry::Schedule;
use crate::tenant::Scope;
use crate::time::{DAY_MS, MINUTE_MS, Timestamp};

const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

fn sealed(text: &str) -> Sealed {
    Sealed::new(text.to_owned())
}

fn endpoint() -> Endpoint {
    Endpoint {
        id: EndpointId::new(Uuid::from_u128(1)),
        scope: Scope::Shared,
        owner: UserId::new(Uuid::from_u128(2)),
        url: sealed("url"),
        host: "shop.example.com".to_owned(),
        subscription: Subscription::All(Star::Star),
        description: None,
        headers: BTreeMap::new(),
        status: EndpointStatus::Enabled,
        secrets: vec![EndpointSecret { sealed: sealed("old"), expires_at: None }],
        schedule: Schedule::standard(),
        rate: None,
        signs_v1a: false,
        failing_since: None,
        created_at: NOW.plus_ms(-DAY_MS),
        updated_at: NOW.plus_ms(-DAY_MS),
        version: 1,
    }
}

/// The secrets that sign so long after `NOW`.
fn signing(endpoint: &Endpoint, after_ms: i64) -> Vec<&str> {
    endpoint.secrets_at(NOW.plus_ms(after_ms)).map(|secret| secret.sealed.as_str()).collect()
}

#[test]
fn x12_the_old_secret_signs_at_once_and_for_a_day_and_then_no_more() {
    let rotated = endpoint().rotate(sealed("new"), NOW).unwrap();
    assert_eq!(signing(&rotated, 0), ["new", "old"]);
    assert_eq!(signing(&rotated, DAY_MS - MINUTE_MS), ["new", "old"], "23:59 hours");
    assert_eq!(signing(&rotated, DAY_MS + MINUTE_MS), ["new"], "24:01 hours");
    assert_eq!(signing(&rotated, 100 * DAY_MS), ["new"]);
    assert_eq!((rotated.version, rotated.updated_at), (2, NOW));
}

#[test]
fn x12_another_rotation_does_not_prolong_the_oldest() {
    let first = endpoint().rotate(sealed("new"), NOW).unwrap();
    let second = first.rotate(sealed("newest"), NOW.plus_ms(DAY_MS / 2)).unwrap();
    assert_eq!(signing(&second, DAY_MS - 1), ["newest", "new", "old"]);
    assert_eq!(signing(&second, DAY_MS), ["newest", "new"]);
    assert_eq!(signing(&second, DAY_MS + DAY_MS / 2), ["newest"]);
    let third = second.rotate(sealed("last"), NOW.plus_ms(10 * DAY_MS)).unwrap();
    assert_eq!(third.secrets.len(), 2, "what has expired is forgotten");
}

#[test]
fn no_more_than_a_few_secrets_sign_at_once() {
    let mut rotated = endpoint();
    for _ in 1..SECRETS_MAX {
        rotated = rotated.rotate(sealed("new"), NOW).unwrap();
    }
    assert!(rotated.clone().rotate(sealed("new"), NOW).is_err());
    assert!(rotated.rotate(sealed("new"), NOW.plus_ms(DAY_MS)).is_ok());
}

#[test]
fn what_a_try_changes_depends_on_how_long_it_has_failed() {
    use EndpointStatus::{Enabled, Failing, Gone};
    use EventType::{EndpointDisabled, EndpointRecovered};
    let since = |ms: i64| Some(NOW.plus_ms(-ms));
    let (well, failing, gone) = (Health::Well, Health::Failing, Health::Gone);
    let cases = [
        (None, well, None),
        (None, failing, Some((Enabled, Some(NOW), None))),
        (None, gone, Some((Gone, None, Some(EndpointDisabled)))),
        (since(1), well, Some((Enabled, None, None))),
        (since(MINUTE_MS - 1), well, Some((Enabled, None, None))),
        (since(MINUTE_MS), well, Some((Enabled, None, Some(EndpointRecovered)))),
        (since(1), failing, None),
        (since(5 * DAY_MS - 1), failing, None),
        (since(5 * DAY_MS), failing, Some((Failing, since(5 * DAY_MS), Some(EndpointDisabled)))),
        (since(6 * DAY_MS), well, Some((Enabled, None, Some(EndpointRecovered)))),
        (since(1), gone, Some((Gone, since(1), Some(EndpointDisabled)))),
    ];
    for (failing_since, health, expected) in cases {
        let before = Endpoint { failing_since, ..endpoint() };
        let expected = expected.map(|(status, failing_since, told)| Change {
            endpoint: Endpoint { status, failing_since, version: 2, ..before.clone() },
            told,
        });
        assert_eq!(before.after_try(health, NOW), expected, "{health:?} after {failing_since:?}");
    }
}
