//! Payments: what is kept of a source of money, how a charge ends, and how both look on the wire.
//!
//! Card and account numbers exist only inside [`Secret`]s of a parsed request, on their way to the provider's
//! tokeniser; what is kept is a [`StoredSource`]: brand, last four and names (PCI DSS 4.0.1, 3.3.1 and 3.4.1).

mod card;
mod receipt_link;
mod request;
mod source;
mod view;

use serde::{Deserialize, Serialize};

use crate::error::{Error, FieldError, Result};
use crate::event::PaymentEvent;
use crate::id::{OrderId, PaymentId, ReceiptId};
use crate::money::{Currency, Money};
use crate::tenant::Scope;
use crate::time::Timestamp;
use crate::wire::wire_enum;

pub use card::{Brand, is_aba, passes_luhn};
pub use receipt_link::ReceiptLink;
pub use request::{PayOrder, PayOrderBody};
pub use source::{AccountType, BillingAddress, NewBankAccount, NewCard, NewSource, Secret, StoredSource};
pub use view::{PaymentView, ReceiptView, SourceView};

wire_enum! {
    /// Where a payment stands (contract 4.2).
    PaymentStatus {
        Pending = "PENDING", Processing = "PROCESSING", Succeeded = "SUCCEEDED", Failed = "FAILED",
        Cancelled = "CANCELLED",
    }
}

/// A source exchanged at the provider: its token and what the provider knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenised {
    /// Stands for the source at the provider; worthless elsewhere.
    pub token: String,
    /// The bank's name, where the provider knows it.
    pub bank_name: Option<String>,
}

/// A charge that went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The provider's name for the charge.
    pub transaction_id: String,
    /// The provider's approval code.
    pub approval_code: String,
    /// Which provider.
    pub processor: String,
}

/// The provider's final word on a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money moved.
    Approved(Approval),
    /// It did not, for this reason (`insufficient_funds`, …).
    Declined(String),
}

/// The provider's final word on a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The money went back.
    Refunded,
    /// The provider refuses; an operator has to look.
    Refused,
}

/// What proves a successful payment to the payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// When it was made.
    pub generated_at: Timestamp,
}

/// A payment of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id, the provider's idempotency key.
    pub id: PaymentId,
    /// The order it pays.
    pub order_id: OrderId,
    /// The pool it lives in.
    pub scope: Scope,
    /// How much.
    pub amount: Money,
    /// What is kept of the source.
    pub source: StoredSource,
    /// The provider's token for the source.
    pub token: String,
    /// Where it stands.
    pub status: PaymentStatus,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
    /// Why it failed.
    pub failure: Option<String>,
    /// The provider's approval.
    pub approval: Option<Approval>,
    /// The receipt of a successful payment.
    pub receipt: Option<Receipt>,
    /// Counts every change from 1.
    pub version: u64,
    /// What the last write told the world.
    pub events: Vec<PaymentEvent>,
}

impl Payment {
    /// A payment that begins now.
    #[must_use]
    pub fn begin(
        id: PaymentId,
        order: (OrderId, Scope),
        amount: Money,
        source: StoredSource,
        token: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            order_id: order.0,
            scope: order.1,
            amount,
            source,
            token,
            status: PaymentStatus::Processing,
            created_at: now,
            settled_at: None,
            failure: None,
            approval: None,
            receipt: None,
            version: 1,
            events: Vec::new(),
        }
    }

    /// Compares what the client wants to pay with what the order costs.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each member that differs.
    pub fn check_amount(amount: &Money, total: &Money) -> Result<()> {
        let mut errors = Vec::new();
        if amount.currency != total.currency {
            errors.push(FieldError::new("currency", "currency_mismatch", "Must equal the order's currency."));
        }
        if amount.amount_minor != total.amount_minor {
            errors.push(FieldError::new("amount", "amount_mismatch", "Must equal the order's total."));
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

/// Reads an amount and its currency, collecting what is wrong with either.
pub(crate) fn parse_money(
    amount: Option<&str>,
    currency: Option<&str>,
    errors: &mut Vec<FieldError>,
) -> Option<Money> {
    let currency = match currency {
        None => Some(Currency::USD),
        Some(code) => Currency::parse(code).or_else(|| {
            errors.push(FieldError::new("currency", "invalid_value", "Must be USD, EUR, GBP, CAD or AUD."));
            None
        }),
    };
    let Some(text) = amount else {
        errors.push(FieldError::new("amount", "required_field", "Is required."));
        return None;
    };
    let money = Money::parse(text, currency.unwrap_or(Currency::USD)).filter(|money| money.amount_minor > 0);
    if money.is_none() {
        errors.push(FieldError::new(
            "amount",
            "invalid_format",
            "Must be a positive decimal such as \"125.50\".",
        ));
    }
    currency.and(money)
}
