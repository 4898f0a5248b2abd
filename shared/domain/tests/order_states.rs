//! The order's state machine, walked over every pair of state and action, and at random.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::callback::{CallbackRequest, CallbackStatus};
use domain::caller::User;
use domain::id::{EventId, OrderId, PaymentId, PetId, RefundId, RequestId, UserId};
use domain::order::{
    Actor, Order, OrderStatus, PlaceIds, PlaceOrder, SettleIds, Ship, is_look_up_only, place,
};
use domain::payment::{
    AccountType, Approval, ChargeOutcome, Payment, PaymentStatus, RefundOutcome, StoredSource,
};
use domain::pet::{Pet, PetStatus, Profile, Species};
use domain::webhook::Sealed;
use domain::{Caller, Currency, Error, Money, Scope, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

/// Everything that can be done to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Pay,
    Approve,
    Decline,
    Cancel,
    Refund,
    Refunded,
    RefundRefused,
    Ship,
    Deliver,
}

const ACTIONS: [Action; 9] = [
    Action::Pay,
    Action::Approve,
    Action::Decline,
    Action::Cancel,
    Action::Refund,
    Action::Refunded,
    Action::RefundRefused,
    Action::Ship,
    Action::Deliver,
];

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);
const PRICE: Money = Money { amount_minor: 12_550, currency: Currency::USD };

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn event(number: u128) -> EventId {
    EventId::new(uuid(number))
}

fn pet() -> Pet {
    let profile = Profile {
        species: Species::Dog,
        name: "Max".to_owned(),
        breed: None,
        age_months: 24,
        size: None,
        color: None,
        gender: None,
        good_with_kids: None,
        price: PRICE,
        description: None,
        photos: Vec::new(),
        medical_info: None,
    };
    Pet::take_in(PetId::new(uuid(1)), Scope::Shared, profile, PetStatus::Available, NOW)
}

fn command() -> PlaceOrder {
    let user_id = Some(UserId::new(uuid(2)));
    PlaceOrder { pet_id: PetId::new(uuid(1)), user_id, status: None, total_amount: None, currency: None }
}

fn ids() -> PlaceIds {
    PlaceIds { order: OrderId::new(uuid(3)), order_event: event(4), pet_event: event(5) }
}

fn placed() -> (Order, Pet) {
    let guest = Caller { scope: Scope::Shared, user: None };
    place(&command(), pet(), &guest, ids(), Some(NOW.plus_ms(1_000)), NOW).unwrap()
}

fn payment(order: &Order) -> Payment {
    let source = StoredSource::BankAccount {
        name: "J. Doe".to_owned(),
        masked: "********6789".to_owned(),
        routing_number: "110000000".to_owned(),
        account_type: AccountType::Checking,
        bank_name: None,
    };
    let id = PaymentId::new(uuid(u128::from(order.version) + 100));
    Payment::begin(id, (order.id, order.scope), order.total, source, "tok".to_owned(), NOW)
}

fn approved() -> ChargeOutcome {
    let text = |text: &str| text.to_owned();
    ChargeOutcome::Approved(Approval {
        transaction_id: text("tx"),
        approval_code: text("A"),
        processor: text("p"),
    })
}

fn settle_ids() -> SettleIds {
    SettleIds { order_event: event(6), payment_event: event(7), pet_event: event(8) }
}

fn act(order: Order, action: Action) -> Result<Order, Error> {
    let (refund, by) = (RefundId::new(uuid(9)), Actor::System);
    let paid = payment(&order);
    let settled = |settled: Result<domain::order::Settled, Error>| settled.map(|settled| settled.order);
    match action {
        Action::Pay => order.begin_payment(paid, None, NOW),
        Action::Approve => settled(order.settle_payment(approved(), settle_ids(), NOW)),
        Action::Decline => {
            settled(order.settle_payment(ChargeOutcome::Declined("no".to_owned()), settle_ids(), NOW))
        }
        Action::Cancel => order.cancel_unpaid(by, event(10), NOW),
        Action::Refund => order.begin_refund(refund, by, NOW),
        Action::Refunded => settled(order.settle_refund(paid, RefundOutcome::Refunded, settle_ids(), NOW)),
        Action::RefundRefused => {
            settled(order.settle_refund(paid, RefundOutcome::Refused, settle_ids(), NOW))
        }
        Action::Ship => order.ship(Ship::Shipped, by, event(11), NOW),
        Action::Deliver => order.ship(Ship::Delivered, by, event(12), NOW),
    }
}

fn after(actions: &[Action]) -> Order {
    actions.iter().fold(placed().0, |order, action| act(order, *action).unwrap())
}

/// A name, an order in that state, and what may be done there.
type State = (&'static str, Order, Vec<(Action, OrderStatus)>);

/// Every state that an order can be in.
fn table() -> Vec<State> {
    use Action::{Approve, Cancel, Decline, Deliver, Pay, Refund, RefundRefused, Refunded};
    use OrderStatus::{Approved, Cancelled, Delivered, Placed, Shipped};
    let ship = Action::Ship;
    vec![
        ("placed", after(&[]), vec![(Pay, Placed), (Cancel, Cancelled)]),
        ("paying", after(&[Pay]), vec![(Approve, Approved), (Decline, Placed)]),
        ("declined", after(&[Pay, Decline]), vec![(Pay, Placed), (Cancel, Cancelled)]),
        ("approved", after(&[Pay, Approve]), vec![(Refund, Approved), (ship, Shipped)]),
        ("refunding", after(&[Pay, Approve, Refund]), vec![(Refunded, Cancelled), (RefundRefused, Approved)]),
        ("shipped", after(&[Pay, Approve, ship]), vec![(Deliver, Delivered)]),
        ("delivered", after(&[Pay, Approve, ship, Deliver]), vec![]),
        ("cancelled", after(&[Cancel]), vec![]),
        ("refunded", after(&[Pay, Approve, Refund, Refunded]), vec![]),
    ]
}

#[test]
fn every_action_in_every_state_does_what_the_table_says() {
    for (name, order, allowed) in table() {
        for action in ACTIONS {
            let expected = allowed.iter().find(|(known, _)| *known == action).map(|(_, status)| *status);
            match (act(order.clone(), action), expected) {
                (Ok(next), Some(status)) => {
                    assert_eq!(next.status, status, "{name} {action:?}");
                    assert_eq!(next.version, order.version + 1, "{name} {action:?}");
                }
                (Err(error), None) => {
                    assert!(matches!(error, Error::Conflict { .. }), "{name} {action:?}: {error}")
                }
                (done, expected) => panic!("{name} {action:?}: {done:?}, expected {expected:?}"),
            }
        }
    }
}

#[test]
fn only_an_operation_in_progress_is_worth_a_retry() {
    for (name, order, _) in table() {
        let Err(error) = act(order, Action::Ship) else { continue };
        assert_eq!(error.is_transient(), matches!(name, "paying" | "refunding"), "{name}");
    }
}

#[test]
fn a_running_operation_is_looked_at_after_a_minute_and_then_ever_less_often() {
    const MINUTE_MS: i64 = 60_000;
    let mut order = act(after(&[Action::Pay, Action::Approve]), Action::Refund).unwrap();
    for minutes in [1, 2, 4, 8, 16, 32, 64, 124, 184] {
        let active = order.active_operation.clone().unwrap();
        assert_eq!((active.due, active.started_at), (NOW.plus_ms(minutes * MINUTE_MS), NOW));
        let next = order.clone().look_again_later(active.due);
        assert_eq!((next.version, next.updated_at), (order.version + 1, order.updated_at));
        assert!(next.events.is_empty());
        order = next;
    }
}

#[test]
fn an_operation_needs_a_person_after_23_hours_or_ten_days_if_the_provider_is_at_work() {
    const HOUR_MS: i64 = 3_600_000;
    let active =
        act(after(&[Action::Pay, Action::Approve]), Action::Refund).unwrap().active_operation.unwrap();
    let at = |hours: i64| NOW.plus_ms(hours * HOUR_MS + 1);
    assert_eq!([22, 23].map(|hours| active.is_stuck(false, at(hours))), [false, true]);
    assert_eq!([23, 239, 240].map(|hours| active.is_stuck(true, at(hours))), [false, false, true]);
    assert_eq!([22, 23].map(|hours| is_look_up_only(NOW, at(hours))), [false, true]);
    assert_eq!([23, 24].map(|hours| active.is_left_to_people(at(hours))), [false, true]);
}

#[test]
fn five_declines_lock_and_an_hour_unlocks() {
    let mut order = after(&[]);
    for _ in 0..5 {
        order = act(act(order, Action::Pay).unwrap(), Action::Decline).unwrap();
    }
    assert!(matches!(order.payable(NOW), Err(Error::TooMany { code: "payments_locked", .. })));
    assert!(order.payable(NOW.plus_ms(3_600_000)).is_ok());
}

#[test]
fn what_is_sent_must_match_the_pet_and_the_caller() {
    let user = User {
        id: UserId::new(uuid(2)),
        permissions: domain::caller::Permissions::all(),
        staff: false,
        is_client: false,
    };
    let signed_in = Caller { scope: Scope::Shared, user: Some(user) };
    let guest = Caller { scope: Scope::Shared, user: None };
    let refused =
        |command: PlaceOrder, caller: &Caller| match place(&command, pet(), caller, ids(), None, NOW) {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|e| e.code).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
    let wrong = PlaceOrder {
        status: Some(OrderStatus::Approved),
        total_amount: Some("1.00".to_owned()),
        currency: Some("EUR".to_owned()),
        user_id: Some(UserId::new(uuid(99))),
        ..command()
    };
    let codes = refused(wrong, &signed_in);
    assert_eq!(codes, ["invalid_value", "amount_mismatch", "currency_mismatch", "user_mismatch"]);
    assert_eq!(refused(PlaceOrder { user_id: None, ..command() }, &guest), ["required_field"]);
}

#[test]
fn a_held_pet_cannot_be_ordered_again() {
    let (_, held) = placed();
    let guest = Caller { scope: Scope::Shared, user: None };
    let refused = place(&command(), held, &guest, ids(), None, NOW);
    assert!(matches!(refused, Err(Error::Conflict { code: "pet_not_available", .. })));
}

fn request(amount_minor: i64, currency: &str) -> CallbackRequest {
    CallbackRequest {
        id: RequestId::new(uuid(20)),
        order_id: OrderId::new(uuid(3)),
        scope: Scope::Shared,
        caller: None,
        amount_minor: Some(amount_minor),
        currency: currency.to_owned(),
        url: Sealed::new(String::new()),
        host: String::new(),
        fingerprint: String::new(),
        created_at: NOW,
        deadline: NOW.plus_ms(1_000),
        settlement: None,
        version: 1,
    }
}

#[test]
fn a_callback_is_decided_by_the_order_alone() {
    for (name, order, _) in table() {
        let status =
            |request: CallbackRequest| request.decide(&order, NOW).map(|settlement| settlement.status);
        let expected = match order.status {
            OrderStatus::Placed => None,
            OrderStatus::Cancelled => Some(CallbackStatus::Failed),
            _ => Some(CallbackStatus::Completed),
        };
        assert_eq!(status(request(12_550, "USD")), expected, "{name}");
        assert_eq!(status(request(12_551, "USD")), Some(CallbackStatus::Failed), "{name}");
        assert_eq!(status(request(12_550, "EUR")), Some(CallbackStatus::Failed), "{name}");
        let settled =
            request(12_551, "USD").decide(&order, NOW).and_then(|s| request(1, "USD").settle(s)).unwrap();
        assert!(settled.clone().settle(settled.settlement.unwrap()).is_none(), "{name}: settled twice");
    }
}

#[test]
fn only_a_request_that_waits_keeps_the_pet_and_never_beyond_a_day() {
    const DAY_MS: i64 = 86_400_000;
    let order = after(&[]);
    let until =
        |order: &Order, request: &CallbackRequest| order.clone().with_callback(request).reserved_until;
    let waiting = |ms: i64| CallbackRequest { deadline: NOW.plus_ms(ms), ..request(12_550, "USD") };
    assert_eq!(until(&order, &waiting(DAY_MS / 2)), Some(NOW.plus_ms(DAY_MS / 2)));
    assert_eq!(until(&order, &waiting(2 * DAY_MS)), Some(NOW.plus_ms(DAY_MS)));
    assert_eq!(until(&order, &waiting(1)), order.reserved_until);
    let settled = request(1, "USD").decide(&order, NOW);
    let failed = CallbackRequest { settlement: settled, ..waiting(DAY_MS / 2) };
    assert_eq!(until(&order, &failed), order.reserved_until);
    let exempt = Order { reserved_until: None, ..order };
    assert_eq!(until(&exempt, &waiting(DAY_MS)), None);
}

proptest! {
    /// Whatever is tried in whatever order: versions count up, times rise, money and status agree.
    #[test]
    fn no_walk_breaks_an_order(actions in prop::collection::vec(0..ACTIONS.len(), 0..40)) {
        let mut order = placed().0;
        for index in actions {
            let Ok(next) = act(order.clone(), ACTIONS[index]) else { continue };
            prop_assert_eq!(next.version, order.version + 1);
            prop_assert!(next.updated_at >= order.updated_at);
            prop_assert!(next.status == order.status || next.updated_at > order.updated_at);
            prop_assert!(next.timeline.len() <= 4);
            let is_paid = matches!(next.status, OrderStatus::Approved | OrderStatus::Shipped | OrderStatus::Delivered);
            prop_assert!(!is_paid || next.charge.is_some());
            prop_assert!(next.status == OrderStatus::Placed || next.reserved_until.is_none());
            order = next;
        }
    }

    /// A settled payment and its order never disagree.
    #[test]
    fn payment_and_order_agree(is_approved in any::<bool>()) {
        let outcome = if is_approved { approved() } else { ChargeOutcome::Declined("no".to_owned()) };
        let settled = after(&[Action::Pay]).settle_payment(outcome, settle_ids(), NOW).unwrap();
        let paid = settled.payment.status == PaymentStatus::Succeeded;
        prop_assert_eq!(paid, settled.order.status == OrderStatus::Approved);
        prop_assert_eq!(paid, settled.payment.receipt.is_some());
        prop_assert!(settled.order.active_operation.is_none());
    }
}
