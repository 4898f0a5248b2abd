//! Step 2 of a payment: the token is charged, or looked up.
//!
//! An intent answers from its own state, never from a stored copy: a POST repeated under its key gives the first
//! answer again, 5xx included, long after the intent has moved on.

use domain::money::Currency;
use domain::payment::{ChargeOutcome, Payment, StoredSource};

use super::Stripe;
use super::answer::{Intent, List, Reference};
use super::form::Form;
use super::http::Failure;
use super::refusal::{Kind, Refusal};
use super::tokenise::declined;
use crate::provider::Silent;

const INTENTS: &str = "/v1/payment_intents";
/// Refusals that follow from what was asked alone: they would have stopped any earlier try as well.
const IMPOSSIBLE: &[&str] = &[
    "amount_too_large",
    "amount_too_small",
    "payment_method_bank_account_blocked",
    "payment_method_currency_mismatch",
    "payment_method_unactivated",
    "payment_method_unsupported_type",
];

impl Stripe {
    pub(in crate::provider) async fn charge(&self, payment: &Payment) -> Result<ChargeOutcome, Silent> {
        if let Some(reason) = refused_here(payment) {
            return Ok(ChargeOutcome::Declined(reason.to_owned()));
        }
        let asked = self.http.post(INTENTS, Some(payment.id.uuid()), intent_form(payment)).await;
        match asked {
            Ok(intent) => self.conclude(intent).await,
            Err(Failure::Refused(refusal)) => self.refused(payment, refusal).await,
            Err(Failure::Silent(silent)) => Err(silent),
        }
    }

    /// Searched by metadata. What was made in the last minute may not be found yet
    /// (<https://docs.stripe.com/api/payment_intents/search>), and accounts in India have no search: `None` proves nothing.
    pub(in crate::provider) async fn find_charge(
        &self,
        payment: &Payment,
    ) -> Result<Option<ChargeOutcome>, Silent> {
        if let Some(reason) = refused_here(payment) {
            return Ok(Some(ChargeOutcome::Declined(reason.to_owned())));
        }
        let query = format!("metadata['payment_id']:'{}'", payment.id);
        let search = Form::new().with("query", &query).with("limit", "100");
        let found: List<Reference> = self.http.get(&format!("{INTENTS}/search"), search).await?;
        let mut outcome = None;
        for Reference { id } in found.data {
            let intent = self.intent(&id).await?;
            if !intent.is_of(payment) {
                continue;
            }
            outcome = Some(self.conclude_fresh(intent).await?);
            if matches!(outcome, Some(ChargeOutcome::Approved(_))) {
                break;
            }
        }
        Ok(outcome)
    }

    /// What an error means for the money. Only a refused card, or a request that can never succeed, is a decline.
    async fn refused(&self, payment: &Payment, refusal: Refusal) -> Result<ChargeOutcome, Silent> {
        let kind = refusal.kind();
        if kind == Kind::Later {
            return Err(refusal.into());
        }
        match refusal.intent() {
            Some(intent) if kind == Kind::Card && intent.is_declined() => {
                return Ok(ChargeOutcome::Declined(refusal.reason()));
            }
            Some(intent) => return self.conclude_fresh(self.intent(&intent.id).await?).await,
            None => {}
        }
        let is_impossible =
            kind == Kind::Request && refusal.code().is_some_and(|code| IMPOSSIBLE.contains(&code));
        if kind == Kind::Card || is_impossible {
            return Ok(ChargeOutcome::Declined(refusal.reason()));
        }
        self.find_charge(payment).await?.ok_or_else(|| refusal.into())
    }

    /// The outcome of an intent that may be a stored copy.
    async fn conclude(&self, intent: Intent) -> Result<ChargeOutcome, Silent> {
        match intent.outcome() {
            Some(outcome) => Ok(outcome),
            None => self.conclude_fresh(self.intent(&intent.id).await?).await,
        }
    }

    /// The outcome of an intent just read. One that waits for somebody is cancelled first: left alone, it could be
    /// paid after we have said that it was declined.
    async fn conclude_fresh(&self, intent: Intent) -> Result<ChargeOutcome, Silent> {
        if let Some(outcome) = intent.outcome() {
            return Ok(outcome);
        }
        if !intent.waits() {
            return Err(Silent::AtWork("the payment is processing"));
        }
        let cancel = Form::new().with("cancellation_reason", "abandoned");
        let path = format!("{INTENTS}/{}/cancel", intent.id);
        let cancelled: Intent = self.http.post(&path, None, cancel).await?;
        match cancelled.outcome() {
            Some(ChargeOutcome::Declined(_)) => Ok(ChargeOutcome::Declined(intent.reason())),
            Some(approved) => Ok(approved),
            None => Err(Silent::because("the payment is not cancelled yet")),
        }
    }

    async fn intent(&self, id: &str) -> Result<Intent, Silent> {
        let expanded = Form::new().with("expand[]", "latest_charge");
        Ok(self.http.get(&format!("{INTENTS}/{id}"), expanded).await?)
    }
}

/// Why the payment is declined before Stripe is asked, always and at every try.
fn refused_here(payment: &Payment) -> Option<&str> {
    let is_bank = matches!(payment.source, StoredSource::BankAccount { .. });
    let is_foreign = is_bank && payment.amount.currency != Currency::USD;
    declined(&payment.token).or_else(|| is_foreign.then_some("payment_method_currency_mismatch"))
}

/// The same bytes at every try, as the idempotency key demands.
fn intent_form(payment: &Payment) -> Form {
    let form = Form::new()
        .with("amount", &payment.amount.amount_minor.to_string())
        .with("currency", &payment.amount.currency.as_str().to_ascii_lowercase())
        .with("payment_method", &payment.token)
        .with("confirm", "true")
        .with("error_on_requires_action", "true")
        .with("metadata[payment_id]", &payment.id.to_string())
        .with("metadata[order_id]", &payment.order_id.to_string())
        .with("metadata[pool]", &payment.scope.to_string())
        .with("expand[]", "latest_charge");
    match payment.source {
        StoredSource::Card { .. } => form.with("payment_method_types[]", "card"),
        StoredSource::BankAccount { .. } => form
            .with("payment_method_types[]", "us_bank_account")
            .with("mandate_data[customer_acceptance][type]", "offline"),
    }
}
