use domain::delivery::{Attempt, Delivery, DeliveryId, DeliveryStatus, Due, Target, TryOutcome};
use domain::id::{EndpointId, EventId, UserId};
use domain::retry::{Jitter, SUM_MAX_MS, Schedule};
use domain::time::DAY_MS;
use domain::{Scope, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::item::Record;

const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

fn delivery(schedule: Schedule) -> Delivery {
    let (endpoint, event) = (EndpointId::new(Uuid::from_u128(1)), EventId::new(Uuid::from_u128(2)));
    Delivery {
        id: DeliveryId::webhook(endpoint, event),
        scope: Scope::Shared,
        target: Target::Endpoint { id: endpoint, owner: UserId::new(Uuid::from_u128(3)) },
        event_type: None,
        order_version: None,
        body: String::new(),
        schedule,
        status: DeliveryStatus::Pending,
        attempt: 1,
        due: Some(Due::sent(NOW, 0)),
        heals: 0,
        is_leased: false,
        attempts: Vec::new(),
        chain_start: 1,
        restarted_at: None,
        ended_at: None,
        created_at: NOW,
    }
}

fn failed(number: u32, at: Timestamp, retry_after_ms: Option<i64>) -> TryOutcome {
    let attempt = Attempt { number, at, duration_ms: 1, status: Some(503), failure: None, answer: None };
    TryOutcome { attempt, retry_after_ms }
}

proptest! {
    #[test]
    fn l11_no_row_expires_before_its_last_try(
        mut days in prop::collection::vec(1..=7_i64, 0..=14),
        random in 0.0..1.0_f64,
        asked in prop::option::of(0..=100 * DAY_MS),
    ) {
        while days.iter().sum::<i64>() * DAY_MS > SUM_MAX_MS {
            days.pop();
        }
        let schedule = Schedule::custom(days.iter().map(|days| days * DAY_MS).collect()).unwrap();
        let (mut delivery, mut now) = (delivery(schedule), NOW);
        while let Some(due) = delivery.due {
            let ttl = delivery.row().ttl;
            prop_assert!(ttl >= due.at.plus_ms(7 * DAY_MS).as_secs(), "a week after it is due");
            prop_assert!(ttl >= NOW.plus_ms(30 * DAY_MS).as_secs(), "a month after it was made");
            now = now.max(due.at);
            let tried = failed(delivery.attempt, now, asked);
            delivery = delivery.record(tried, Jitter { random, scale: 1.0 }, now).0;
        }
        prop_assert_eq!(delivery.attempts.len(), days.len() + 1);
    }
}
