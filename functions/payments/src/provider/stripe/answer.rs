//! The objects Stripe answers with, cut down to what decides something, and what a payment intent says.

use std::collections::HashMap;

use domain::payment::{Approval, ChargeOutcome, Payment};
use serde::Deserialize;

use super::PROCESSOR;
use super::refusal::Detail;

/// Characters of an intent's id that stand for an approval code where the network gives none.
const CODE_LENGTH: usize = 8;

/// A list, or what a search found.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
}

/// An object of which only the id matters.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) id: String,
}

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    status: IntentStatus,
    #[serde(default)]
    last_payment_error: Option<Box<Detail>>,
    #[serde(default)]
    latest_charge: Option<Charge>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum IntentStatus {
    Succeeded,
    Canceled,
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    RequiresCapture,
    /// `processing`, and whatever Stripe may add.
    #[serde(other)]
    Processing,
}

/// A charge, expanded or by its id.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Charge {
    Id(String),
    Object {
        id: String,
        #[serde(default)]
        authorization_code: Option<String>,
        #[serde(default)]
        payment_method_details: Option<ChargeDetails>,
    },
}

#[derive(Debug, Deserialize)]
struct ChargeDetails {
    #[serde(default)]
    card: Option<ChargedCard>,
}

#[derive(Debug, Deserialize)]
struct ChargedCard {
    #[serde(default)]
    authorization_code: Option<String>,
}

impl Intent {
    /// How it ended; `None` while money may still move.
    pub(super) fn outcome(&self) -> Option<ChargeOutcome> {
        match self.status {
            IntentStatus::Succeeded => Some(ChargeOutcome::Approved(self.approval())),
            IntentStatus::Canceled => Some(ChargeOutcome::Declined(self.reason())),
            _ if self.is_declined() => Some(ChargeOutcome::Declined(self.reason())),
            _ => None,
        }
    }

    /// Whether its payment method was tried and refused. Nobody but us could try another.
    pub(super) fn is_declined(&self) -> bool {
        self.status == IntentStatus::RequiresPaymentMethod && self.last_payment_error.is_some()
    }

    /// Whether it can only go on when somebody does something, and can be cancelled until then.
    pub(super) fn waits(&self) -> bool {
        !matches!(self.status, IntentStatus::Succeeded | IntentStatus::Canceled | IntentStatus::Processing)
    }

    /// Why it failed, in one word.
    pub(super) fn reason(&self) -> String {
        match (&self.last_payment_error, self.status) {
            (Some(error), _) => error.reason(),
            (None, IntentStatus::RequiresAction) => "authentication_required".to_owned(),
            (None, _) => "not_completed".to_owned(),
        }
    }

    /// Whether it was made for `payment`.
    pub(super) fn is_of(&self, payment: &Payment) -> bool {
        self.metadata.get("payment_id") == Some(&payment.id.to_string())
    }

    fn approval(&self) -> Approval {
        let (charge, code) = match &self.latest_charge {
            None => (&self.id, None),
            Some(Charge::Id(id)) => (id, None),
            Some(Charge::Object { id, authorization_code, payment_method_details }) => {
                let card = payment_method_details.as_ref().and_then(|details| details.card.as_ref());
                let of_card = card.and_then(|card| card.authorization_code.as_ref());
                (id, authorization_code.as_ref().or(of_card))
            }
        };
        let tail = || self.id.get(self.id.len().saturating_sub(CODE_LENGTH)..).unwrap_or(&self.id).to_owned();
        Approval {
            transaction_id: charge.clone(),
            approval_code: code.map_or_else(tail, Clone::clone),
            processor: PROCESSOR.to_owned(),
        }
    }
}
