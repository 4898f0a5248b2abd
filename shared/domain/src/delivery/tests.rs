use uuid::Uuid;

use super::{
    ATTEMPTS_KEPT, Attempt, Delivery, DeliveryId, DeliveryStatus, Due, GRACE_MS, Next, Target, TryOutcome,
};
use crate::id::{EndpointId, EventId, UserId};
use crate::retry::Schedule;
use crate::tenant::Scope;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

fn due(due: Due, heals: u32) -> Delivery {
    let (endpoint, event) = (EndpointId::new(Uuid::from_u128(1)), EventId::new(Uuid::from_u128(2)));
    Delivery {
        id: DeliveryId::webhook(endpoint, event),
        scope: Scope::Shared,
        target: Target::Endpoint { id: endpoint, owner: UserId::new(Uuid::from_u128(3)) },
        event_type: None,
        order_version: None,
        body: String::new(),
        schedule: Schedule::standard(),
        status: DeliveryStatus::Pending,
        attempt: 1,
        due: Some(due),
        heals,
        is_leased: false,
        attempts: Vec::new(),
        chain_start: 1,
        restarted_at: None,
        created_at: NOW,
    }
}

#[test]
fn s4_however_often_it_is_begun_again_its_record_stays_small() {
    let mut delivery = due(Due::scheduled(NOW), 0);
    for number in 1..=100 {
        let answer = Some("x".repeat(4_096));
        let attempt = Attempt { number, at: NOW, duration_ms: 1, status: Some(500), failure: None, answer };
        let outcome = TryOutcome { attempt, succeeded: false, gone: true, retry_after_ms: None };
        let (failed, next) = delivery.record(outcome, 0.5, 1.0, NOW);
        assert_eq!(next, Next::GiveUp);
        delivery = failed.restart(NOW, NOW).unwrap();
    }
    assert_eq!(delivery.attempts.len(), ATTEMPTS_KEPT);
    assert_eq!(delivery.attempts.last().map(|attempt| attempt.number), Some(100));
}

#[test]
fn how_late_it_is_counts_every_message_that_was_waited_for() {
    let after = NOW.plus_ms(1_000);
    assert_eq!(due(Due::scheduled(after), 0).late_ms(NOW), 0);
    assert_eq!(due(Due::scheduled(NOW), 0).late_ms(after), 1_000);
    assert_eq!(due(Due::sent(NOW, 0), 0).late_ms(after), 0, "its message is on its way");
    let (first, second) = (Due::sent(NOW, 0), Due::sent(NOW.plus_ms(GRACE_MS), 1));
    assert_eq!(due(first, 0).late_ms(NOW.plus_ms(GRACE_MS)), GRACE_MS);
    assert_eq!(due(second, 1).late_ms(NOW.plus_ms(3 * GRACE_MS + 5)), 3 * GRACE_MS + 5);
}
