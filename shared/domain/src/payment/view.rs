//! How payments and receipts look on the wire: masked, without CVC, token or street.

use serde::{Deserialize, Serialize};

use super::{AccountType, BillingAddress, Brand, Payment, PaymentStatus, StoredSource};
use crate::id::{OrderId, PaymentId, ReceiptId};

/// A payment on the wire (contract 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct PaymentView {
    pub id: PaymentId,
    pub amount: String,
    pub currency: String,
    pub source: SourceView,
    pub status: PaymentStatus,
    pub created_at: String,
}

impl From<&Payment> for PaymentView {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            amount: payment.amount.amount(),
            currency: payment.amount.currency.to_string(),
            source: (&payment.source).into(),
            status: payment.status,
            created_at: payment.created_at.to_rfc3339(),
        }
    }
}

/// A source on the wire (contract 4.3 and 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub enum SourceView {
    Card {
        name: String,
        number: String,
        exp_month: u8,
        exp_year: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        brand: Option<Brand>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last4: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        billing_address: Option<BillingAddress>,
    },
    BankAccount {
        account_holder_name: String,
        account_number: String,
        routing_number: String,
        account_type: AccountType,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bank_name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last4: Option<String>,
    },
}

impl From<&StoredSource> for SourceView {
    fn from(source: &StoredSource) -> Self {
        let last4 = source.last4().map(str::to_owned);
        match source.clone() {
            StoredSource::Card { name, masked, brand, exp_month, exp_year, billing } => Self::Card {
                name,
                number: masked,
                exp_month,
                exp_year,
                brand,
                last4,
                billing_address: billing,
            },
            StoredSource::BankAccount { name, masked, routing_number, account_type, bank_name } => {
                Self::BankAccount {
                    account_holder_name: name,
                    account_number: masked,
                    routing_number,
                    account_type,
                    bank_name,
                    last4,
                }
            }
        }
    }
}

/// A receipt on the wire (`GET /receipts/{receiptId}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct ReceiptView {
    pub receipt_id: ReceiptId,
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: String,
    pub currency: String,
    pub status: PaymentStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last4: Option<String>,
    pub generated_at: String,
}

impl ReceiptView {
    /// The receipt of `payment`; `None` when it was not successful.
    #[must_use]
    pub fn of(payment: &Payment) -> Option<Self> {
        let receipt = payment.receipt?;
        Some(Self {
            receipt_id: receipt.id,
            order_id: payment.order_id,
            payment_id: payment.id,
            amount: payment.amount.amount(),
            currency: payment.amount.currency.to_string(),
            status: payment.status,
            last4: payment.source.last4().map(str::to_owned),
            generated_at: receipt.generated_at.to_rfc3339(),
        })
    }
}
