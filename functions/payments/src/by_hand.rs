//! What nobody but a person can end: operations of which the provider gives no word, listed and settled by an operator
//! who found out by themselves (`petstore unsettled`, `petstore settle`).

use domain::id::OrderId;
use domain::order::{ActiveOperation, Operation, Order};
use domain::payment::{Approval, ChargeOutcome, RefundOutcome};
use domain::time::{HOUR_MS, MINUTE_MS};
use domain::{Error, Result, Scope, Timestamp};
use store::Store;
use store::work::Kind;

use crate::{provider, refund, settle};

/// Operations listed of each shard of the index.
const PER_SHARD: i32 = 1_000;
/// No operation waits longer for its next look.
const AHEAD_MS: i64 = 2 * HOUR_MS;
/// Why a payment failed that an operator calls declined.
const NOT_COMPLETED: &str = "not_completed";
/// Characters of the provider's name for a charge that stand for an approval code.
const CODE_LENGTH: usize = 8;

/// What an operator found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The payment was charged, under this name of the provider's (`pi_…`, `ch_…`, `py_…`; the simulator's `tx_…`).
    Charged(String),
    /// The payment was not charged, and never will be.
    Declined,
    /// The money of the refund went back.
    Refunded,
    /// It did not, and never will.
    Refused,
}

/// What is not settled.
#[derive(Clone, Debug, Default)]
pub struct Unsettled {
    /// The orders whose payment or refund runs for over a minute, the longest first.
    pub orders: Vec<Order>,
    /// Orders that have one and that this release cannot read.
    pub unreadable: Vec<(Scope, OrderId)>,
}

/// Everything that is not settled.
///
/// # Errors
/// When DynamoDB fails.
pub async fn unsettled(store: &Store, now: Timestamp) -> Result<Unsettled> {
    let mut found = Unsettled::default();
    for work in store.work_due(Kind::Operation, now.plus_ms(AHEAD_MS), PER_SHARD).await? {
        match store.order_fetch(work.scope, work.order).await {
            Ok(order) => found.orders.extend(order),
            Err(Error::Unreadable { .. }) => found.unreadable.push((work.scope, work.order)),
            Err(error) => return Err(error),
        }
    }
    let since = |order: &Order| order.active_operation.as_ref().map(|active| active.started_at);
    found.orders.retain(|order| since(order).is_some_and(|since| since.plus_ms(MINUTE_MS) <= now));
    found.orders.sort_by_key(since);
    Ok(found)
}

/// Settles what runs of the order with an operator's `word`, as if the provider had said it; answers the order after.
///
/// # Errors
/// [`Error::Conflict`] when nothing runs, something else runs than the word is about, its processor calls no charge so, or
/// it runs for less than 23 hours and some minutes: until then it may still be asked for, and money could move after the
/// word.
pub async fn settle(store: &Store, place: (Scope, OrderId), word: Word, now: Timestamp) -> Result<Order> {
    let order = load(store, place).await?;
    let active = order.active_operation.as_ref();
    let active =
        active.ok_or_else(|| Error::conflict("nothing_runs", "no payment or refund of it is running"))?;
    if !active.is_left_to_people(now) {
        let detail = "it runs for less than 23 hours and 5 minutes, and may still end by itself";
        return Err(Error::conflict("too_early", detail));
    }
    apply(store, &order, active, word).await?;
    load(store, place).await
}

async fn apply(store: &Store, order: &Order, active: &ActiveOperation, word: Word) -> Result<()> {
    let place = (order.scope, order.id);
    match (&active.operation, word) {
        (Operation::Pay(payment), Word::Charged(id)) => {
            if !provider::names_a_charge(&id, &payment.token) {
                return Err(Error::conflict("other_charge", "no charge of its processor's is called that"));
            }
            let approved = ChargeOutcome::Approved(approval(id, &payment.token));
            settle::settle(store, place, payment.id, approved).await.map(drop)
        }
        (Operation::Pay(payment), Word::Declined) => {
            let declined = ChargeOutcome::Declined(NOT_COMPLETED.to_owned());
            settle::settle(store, place, payment.id, declined).await.map(drop)
        }
        (Operation::Refund { id, .. }, Word::Refunded) => {
            refund::settle(store, place, *id, RefundOutcome::Refunded).await.map(drop)
        }
        (Operation::Refund { id, .. }, Word::Refused) => {
            refund::settle(store, place, *id, RefundOutcome::Refused).await.map(drop)
        }
        (Operation::Pay(_), _) => Err(Error::conflict("other_operation", "what runs is a payment")),
        (Operation::Refund { .. }, _) => Err(Error::conflict("other_operation", "what runs is a refund")),
    }
}

async fn load(store: &Store, (scope, id): (Scope, OrderId)) -> Result<Order> {
    store.order_fetch(scope, id).await?.ok_or(Error::NotFound("order"))
}

fn approval(id: String, token: &str) -> Approval {
    let tail = id.get(id.len().saturating_sub(CODE_LENGTH)..).unwrap_or(&id).to_owned();
    Approval { transaction_id: id, approval_code: tail, processor: provider::processor_of(token).to_owned() }
}
