//! The simulator: deterministic, by Stripe's public test numbers, with books of its own that survive every crash.
//!
//! Like a real provider it keeps one entry per idempotency key, written before it answers; asked again under the same
//! key it gives the entry's answer. Tokens say how a source behaves, never what its number is.

use std::time::Duration;

use domain::id::RefundId;
use domain::payment::{Approval, ChargeOutcome, NewCard, NewSource, Payment, RefundOutcome, Tokenised};
use domain::{Scope, Timestamp};
use platform::clock;
use store::{Commit, LedgerEntry, Store};
use uuid::Uuid;

use super::{Silent, TIMEOUT};

/// Cards by number: how each behaves (<https://docs.stripe.com/testing>; the last two are ours).
const CARDS: &[(&str, &str)] = &[
    ("4242424242424242", "approve"),
    ("4000056655665556", "approve"),
    ("5555555555554444", "approve"),
    ("2223003122003222", "approve"),
    ("378282246310005", "approve"),
    ("6011111111111117", "approve"),
    ("3056930009020004", "approve"),
    ("36227206271667", "approve"),
    ("3566002020360505", "approve"),
    ("6200000000000005", "approve"),
    ("4000000000000002", "generic_decline"),
    ("4000000000009995", "insufficient_funds"),
    ("4000000000009987", "lost_card"),
    ("4000000000009979", "stolen_card"),
    ("4000000000000069", "expired_card"),
    ("4000000000000119", "processing_error"),
    ("4000000000006975", "card_velocity_exceeded"),
    ("4100000000000019", "fraudulent"),
    ("4000000000005126", "refund_refused"),
    ("4000000000007726", "refund_late"),
    ("4000000000008005", "silent"),
    ("4000000000008013", "late"),
];
/// Declined only when a CVC is sent.
const INCORRECT_CVC: &str = "4000000000000127";
/// Bank accounts by number, all of routing number 110000000.
const ACCOUNTS: &[(&str, &str)] = &[
    ("000123456789", "approve"),
    ("000111111116", "no_account"),
    ("000111111113", "account_closed"),
    ("000222222227", "insufficient_funds"),
    ("000333333335", "debit_not_authorized"),
];
const TEST_ROUTING: &str = "110000000";
pub(super) const TOKEN_PREFIX: &str = "tok_sim_";
pub(super) const PROCESSOR: &str = "simulator";
/// What names of charges begin with.
pub(super) const CHARGE_PREFIXES: &[&str] = &["tx_"];

/// The simulator.
#[derive(Clone, Debug)]
pub struct Simulator {
    store: Store,
}

impl Simulator {
    /// A simulator whose books lie in `store`.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    pub(super) fn tokenise(&self, source: &NewSource) -> Tokenised {
        let behaviour = match source {
            NewSource::Card(card) => card_behaviour(card, clock::now()),
            NewSource::BankAccount(account) => {
                let known = ACCOUNTS.iter().find(|(number, _)| *number == account.account_number.expose());
                known
                    .filter(|_| account.routing_number == TEST_ROUTING)
                    .map_or("test_account_required", |(_, b)| b)
            }
        };
        let is_bank = matches!(source, NewSource::BankAccount(_));
        let bank_name = is_bank.then(|| "Simulated Bank".to_owned());
        Tokenised { token: format!("{TOKEN_PREFIX}{behaviour}"), bank_name }
    }

    pub(super) async fn charge(&self, payment: &Payment) -> Result<ChargeOutcome, Silent> {
        let id = payment.id.uuid();
        if let Some(entry) = self.entry(payment.scope, id).await? {
            return charge_answer(&entry).ok_or_else(|| Silent::because("unreadable entry"));
        }
        let behaviour = behaviour(payment);
        let outcome = match behaviour {
            "approve" | "late" | "refund_refused" | "refund_late" => ChargeOutcome::Approved(approval(id)),
            "silent" => ChargeOutcome::Declined("processing_error".to_owned()),
            reason => ChargeOutcome::Declined(reason.to_owned()),
        };
        let entry = self.book(charge_entry(payment, &outcome)).await?;
        if matches!(behaviour, "late" | "silent") {
            tokio::time::sleep(TIMEOUT + Duration::from_secs(1)).await;
        }
        charge_answer(&entry).ok_or_else(|| Silent::because("unreadable entry"))
    }

    pub(super) async fn find_charge(&self, payment: &Payment) -> Result<Option<ChargeOutcome>, Silent> {
        Ok(self.entry(payment.scope, payment.id.uuid()).await?.as_ref().and_then(charge_answer))
    }

    pub(super) async fn refund(&self, id: RefundId, payment: &Payment) -> Result<RefundOutcome, Silent> {
        let behaviour = behaviour(payment);
        let is_late = behaviour == "refund_late" && self.find_refund(id, payment.scope).await?.is_none();
        let entry = self.book(refund_entry(id, payment, behaviour == "refund_refused")).await?;
        if is_late {
            tokio::time::sleep(TIMEOUT + Duration::from_secs(1)).await;
        }
        Ok(refund_answer(&entry))
    }

    pub(super) async fn find_refund(
        &self,
        id: RefundId,
        scope: Scope,
    ) -> Result<Option<RefundOutcome>, Silent> {
        Ok(self.entry(scope, id.uuid()).await?.as_ref().map(refund_answer))
    }

    async fn entry(&self, scope: Scope, operation: Uuid) -> Result<Option<LedgerEntry>, Silent> {
        self.store.ledger_fetch(scope, operation).await.map_err(|error| Silent::because(error.to_string()))
    }

    /// Books `entry`, or answers the one that was booked before.
    async fn book(&self, entry: LedgerEntry) -> Result<LedgerEntry, Silent> {
        match self.store.ledger_book(&entry).await.map_err(|error| Silent::because(error.to_string()))? {
            Commit::Done => Ok(entry),
            Commit::Refused(_) => {
                let booked = self.entry(entry.scope, entry.operation).await?;
                booked.ok_or_else(|| Silent::because("the entry vanished"))
            }
        }
    }
}

fn card_behaviour(card: &NewCard, now: Timestamp) -> &'static str {
    let number = card.number.expose();
    if is_expired(card, now) {
        return "expired_card";
    }
    if number == INCORRECT_CVC {
        return if card.cvc.is_some() { "incorrect_cvc" } else { "approve" };
    }
    CARDS.iter().find(|(known, _)| *known == number).map_or("test_card_required", |(_, behaviour)| behaviour)
}

/// A card works to the end of its month.
fn is_expired(card: &NewCard, now: Timestamp) -> bool {
    let today = now.to_rfc3339();
    let this_month = format!("{:04}-{:02}", card.exp_year, card.exp_month);
    this_month.as_str() < today.get(..7).unwrap_or_default()
}

fn approval(id: Uuid) -> Approval {
    let digits = id.as_u128() % 1_000_000;
    Approval {
        transaction_id: format!("tx_{}", id.simple()),
        approval_code: format!("AUTH{digits:06}"),
        processor: PROCESSOR.to_owned(),
    }
}

fn behaviour(payment: &Payment) -> &str {
    payment.token.strip_prefix(TOKEN_PREFIX).unwrap_or("test_card_required")
}

fn charge_entry(payment: &Payment, outcome: &ChargeOutcome) -> LedgerEntry {
    let (kind, answer) = match outcome {
        ChargeOutcome::Approved(_) => ("charge", String::new()),
        ChargeOutcome::Declined(reason) => ("decline", reason.clone()),
    };
    LedgerEntry {
        scope: payment.scope,
        operation: payment.id.uuid(),
        kind: kind.to_owned(),
        amount_minor: payment.amount.amount_minor,
        currency: payment.amount.currency.to_string(),
        answer,
    }
}

fn charge_answer(entry: &LedgerEntry) -> Option<ChargeOutcome> {
    match entry.kind.as_str() {
        "charge" => Some(ChargeOutcome::Approved(approval(entry.operation))),
        "decline" => Some(ChargeOutcome::Declined(entry.answer.clone())),
        _ => None,
    }
}

fn refund_entry(id: RefundId, payment: &Payment, is_refused: bool) -> LedgerEntry {
    LedgerEntry {
        scope: payment.scope,
        operation: id.uuid(),
        kind: if is_refused { "refusal" } else { "refund" }.to_owned(),
        amount_minor: payment.amount.amount_minor,
        currency: payment.amount.currency.to_string(),
        answer: payment.id.to_string(),
    }
}

fn refund_answer(entry: &LedgerEntry) -> RefundOutcome {
    match entry.kind.as_str() {
        "refusal" => RefundOutcome::Refused,
        _ => RefundOutcome::Refunded,
    }
}
