//! Sources of money: as a client sends them (secret) and as they are kept (masked).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::card::Brand;
use crate::wire::wire_enum;

/// A value that must never be printed: a card number, a CVC, an account number. Its `Debug` is an asterisk, it has
/// neither `Display` nor `Serialize`, and only the provider's tokeniser calls [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps `value` from being printed.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for the provider alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last `count` characters of a number.
    pub(super) fn tail(&self, count: usize) -> String {
        self.0.chars().skip(self.0.chars().count().saturating_sub(count)).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("*")
    }
}

impl Drop for Secret {
    /// Overwrites the value before its memory is given back.
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

wire_enum! {
    /// What kind of bank account.
    AccountType { Checking = "CHECKING", Savings = "SAVINGS" }
}

/// Where a card's bills go; the street lines are read and never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct BillingAddress {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A card as the client sent it; every member was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct NewCard {
    pub name: String,
    pub number: Secret,
    pub cvc: Option<Secret>,
    pub exp_month: u8,
    pub exp_year: u16,
    pub billing_address: Option<BillingAddress>,
}

/// A bank account as the client sent it; every member was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct NewBankAccount {
    pub account_holder_name: String,
    pub account_number: Secret,
    pub routing_number: String,
    pub account_type: AccountType,
}

/// A source as the client sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewSource {
    /// A card.
    Card(NewCard),
    /// A bank account.
    BankAccount(NewBankAccount),
}

/// What is kept of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the contract's own words")]
pub enum StoredSource {
    /// A card.
    Card {
        name: String,
        /// Asterisks and the last four digits.
        masked: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        brand: Option<Brand>,
        exp_month: u8,
        exp_year: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        billing: Option<BillingAddress>,
    },
    /// A bank account.
    BankAccount {
        name: String,
        /// Asterisks and at most four digits, never more than half of them.
        masked: String,
        routing_number: String,
        account_type: AccountType,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bank_name: Option<String>,
    },
}

impl NewSource {
    /// What may be kept of it.
    #[must_use]
    pub fn to_stored(&self, bank_name: Option<String>) -> StoredSource {
        match self {
            Self::Card(card) => StoredSource::Card {
                name: card.name.clone(),
                masked: mask(&card.number),
                brand: Brand::of(card.number.expose()),
                exp_month: card.exp_month,
                exp_year: card.exp_year,
                billing: card.billing_address.clone(),
            },
            Self::BankAccount(account) => StoredSource::BankAccount {
                name: account.account_holder_name.clone(),
                masked: mask(&account.account_number),
                routing_number: account.routing_number.clone(),
                account_type: account.account_type,
                bank_name,
            },
        }
    }
}

impl StoredSource {
    /// The number as it is shown: asterisks and the last digits.
    #[must_use]
    pub fn masked(&self) -> &str {
        match self {
            Self::Card { masked, .. } | Self::BankAccount { masked, .. } => masked,
        }
    }

    /// The last four digits; `None` for an account number too short to show four.
    #[must_use]
    pub fn last4(&self) -> Option<&str> {
        let shown = self.masked().trim_start_matches('*');
        (shown.len() == 4).then_some(shown)
    }
}

/// Asterisks and the last four digits, but at most half of a short number.
fn mask(number: &Secret) -> String {
    let length = number.expose().len();
    let shown = 4.min(length / 2);
    format!("{}{}", "*".repeat(length - shown), number.tail(shown))
}

#[cfg(test)]
mod tests {
    use super::{Secret, mask};

    #[test]
    fn masks_all_but_four_and_at_most_half() {
        for (number, masked) in
            [("4242424242424242", "************4242"), ("000123456789", "********6789"), ("12345", "***45")]
        {
            assert_eq!(mask(&Secret::new(number.to_owned())), masked);
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("4242424242424242".to_owned())), "*");
    }
}
