use proptest::prelude::*;
use uuid::Uuid;

use super::{
    ATTEMPTS_KEPT, Attempt, Delivery, DeliveryId, DeliveryStatus, Due, GRACE_MS, Next, Target, TryOutcome,
};
use crate::id::{EndpointId, EventId, UserId};
use crate::retry::{Jitter, Schedule};
use crate::tenant::Scope;
use crate::time::{DAY_MS, MINUTE_MS, Timestamp};
use crate::webhook::Health;

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
        ended_at: None,
        created_at: NOW,
    }
}

#[test]
fn s4_however_often_it_is_begun_again_its_record_stays_small() {
    let mut delivery = due(Due::scheduled(NOW), 0);
    for number in 1..=100 {
        let answer = Some("x".repeat(4_096));
        let attempt = Attempt { number, at: NOW, duration_ms: 1, status: Some(410), failure: None, answer };
        let outcome = TryOutcome { attempt, retry_after_ms: None };
        let (failed, next) = delivery.record(outcome, Jitter { random: 0.5, scale: 1.0 }, NOW);
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

#[test]
fn a_try_that_cannot_be_made_is_counted_like_any_other() {
    let mut delivery = due(Due::scheduled(NOW), 3);
    for number in 1..=100 {
        let unsent = Attempt::unsent(delivery.attempt, "address_not_allowed", NOW);
        let failed = delivery.give_up(unsent);
        assert_eq!((failed.status, failed.due), (DeliveryStatus::Failed, None));
        assert_eq!((failed.attempt, failed.heals), (number + 1, 0));
        delivery = failed.restart(NOW, NOW).unwrap();
    }
    let numbers: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, (71..=100).collect::<Vec<_>>(), "each has its own");
}

#[test]
fn it_is_overdue_a_day_after_its_schedule_and_after_every_wait_that_its_receiver_asked_for() {
    let (longest, wait) = (Schedule::standard().longest_ms(), Schedule::standard().longest_wait_ms());
    let never_tried = due(Due::scheduled(NOW), 0);
    let is_overdue = |delivery: &Delivery, ms| delivery.is_overdue(1.0, NOW.plus_ms(ms));
    assert!(!is_overdue(&never_tried, longest + DAY_MS - 1) && is_overdue(&never_tried, longest + DAY_MS));

    let late = Attempt::unsent(1, "timeout", NOW.plus_ms(longest));
    let asked_to_wait = Delivery { attempts: vec![late], ..never_tried.clone() };
    let end = longest + wait + DAY_MS;
    assert!(!is_overdue(&asked_to_wait, end - 1) && is_overdue(&asked_to_wait, end));

    let again = Delivery { restarted_at: Some(NOW.plus_ms(2 * longest)), ..asked_to_wait };
    assert!(!is_overdue(&again, end), "what was tried before it was begun again does not count");
    assert!(is_overdue(&again, 3 * longest + DAY_MS));
}

#[test]
fn what_is_kept_for_later_was_not_tried() {
    let paused = due(Due::sent(NOW, 0), 0).lease(NOW).pause(NOW);
    assert_eq!((paused.status, paused.due, paused.is_leased), (DeliveryStatus::Paused, None, false));
    assert_eq!((paused.attempt, paused.attempts.len()), (1, 0));
}

#[test]
fn what_a_status_says_of_the_receiver() {
    let outcome = |status: Option<u16>| TryOutcome {
        attempt: Attempt { status, ..Attempt::unsent(1, "timeout", NOW) },
        retry_after_ms: None,
    };
    let says = |status| (outcome(status).health(), outcome(status).is_receivers_trouble());
    assert_eq!([Some(200), Some(204)].map(says), [(Health::Well, false); 2]);
    assert_eq!([Some(301), Some(400), Some(404), Some(499)].map(says), [(Health::Failing, false); 4]);
    assert_eq!([None, Some(429), Some(500), Some(503)].map(says), [(Health::Failing, true); 4]);
    assert_eq!(says(Some(410)), (Health::Gone, false));
}

#[test]
fn a_message_finds_work_when_its_try_is_next_and_nobody_holds_it() {
    let pending = due(Due::sent(NOW, 0), 0);
    let leased = pending.clone().lease(NOW);
    let end = leased.due.unwrap().at;
    let work = |delivery: &Delivery, attempt, at| delivery.awaits(attempt, at);
    assert!(work(&pending, 1, NOW) && !work(&pending, 2, NOW));
    assert!(!work(&leased, 1, NOW) && !work(&leased, 1, end.plus_ms(-1)) && work(&leased, 1, end));
    assert!(work(&leased.clone().rest(end), 1, NOW), "whoever lays it to rest gives its lease back");
    assert!(!work(&leased.pause(NOW), 1, end));
}

#[test]
fn only_a_first_try_straight_from_its_event_has_no_copies() {
    let of = |attempt, heals| Delivery { attempt, heals, ..due(Due::sent(NOW, 0), 0) };
    assert!(!of(1, 0).may_have_copies(0));
    assert!(of(1, 0).may_have_copies(1) && of(1, 1).may_have_copies(0) && of(2, 0).may_have_copies(0));
}

proptest! {
    #[test]
    fn a_message_that_no_queue_takes_changes_nothing_but_how_it_is_due(
        is_sent: bool, heals in 0..20_u32, late_ms in 0..MINUTE_MS, is_leased: bool,
    ) {
        let at = NOW.plus_ms(-late_ms);
        let before = Delivery { is_leased, ..due(Due { at, is_sent }, if is_sent { heals } else { 0 }) };
        let resent = before.clone().resend(NOW).unwrap();
        prop_assert_eq!(resent.at, NOW, "its time is over");
        prop_assert_eq!(resent.delivery.due, Some(Due::sent(NOW, resent.delivery.heals)));
        prop_assert_eq!(resent.delivery.heals, before.heals + u32::from(is_sent));
        prop_assert!(resent.delivery.awaits(1, NOW));
        let undone = resent.undo();
        prop_assert_eq!(undone.late_ms(NOW), before.late_ms(NOW), "how late it is stays known");
        prop_assert!(undone.due.is_some_and(|due| !due.is_sent));
        prop_assert_eq!(Delivery { due: before.due, is_leased, ..undone }, before);
    }
}

#[test]
fn what_is_final_gets_no_message_and_what_is_early_gets_it_for_its_time() {
    assert_eq!(due(Due::scheduled(NOW), 0).pause(NOW).resend(NOW), None);
    let soon = NOW.plus_ms(MINUTE_MS);
    let resent = due(Due::scheduled(soon), 0).resend(NOW).unwrap();
    assert_eq!((resent.at, resent.delivery.due), (soon, Some(Due::sent(soon, 0))));
}
