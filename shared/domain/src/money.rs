//! Money: an integer count of minor units and a currency. A decimal string on the wire, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The currencies in which a pet can be priced and paid (contract 4.2); all have two decimal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "ISO 4217 codes explain themselves")]
pub enum Currency {
    USD,
    EUR,
    GBP,
    CAD,
    AUD,
}

impl Currency {
    /// Every currency.
    pub const ALL: [Self; 5] = [Self::USD, Self::EUR, Self::GBP, Self::CAD, Self::AUD];

    /// The ISO 4217 code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::USD => "USD",
            Self::EUR => "EUR",
            Self::GBP => "GBP",
            Self::CAD => "CAD",
            Self::AUD => "AUD",
        }
    }

    /// The codes as a message lists them.
    #[must_use]
    pub fn words() -> String {
        crate::error::alternatives(Self::ALL.iter().map(|currency| currency.as_str()))
    }

    /// Reads an ISO 4217 code; `None` for a currency the shop does not take.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.as_str() == code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Cents, pence: hundredths of the currency's unit; never negative.
    pub amount_minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Reads a decimal string such as `"738.05"` or `"738.5"`: `^(0|[1-9]\d{0,9})(\.\d{1,2})?$`.
    #[must_use]
    pub fn parse(amount: &str, currency: Currency) -> Option<Self> {
        Some(Self { amount_minor: parse_minor(amount)?, currency })
    }

    /// The decimal string with two decimals, `"738.50"`.
    #[must_use]
    pub fn amount(&self) -> String {
        format!("{}.{:02}", self.amount_minor / 100, self.amount_minor % 100)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

/// Reads a decimal string as minor units; `None` when it breaks the pattern.
fn parse_minor(text: &str) -> Option<i64> {
    let (units, decimals) = text.split_once('.').map_or((text, None), |(u, d)| (u, Some(d)));
    let is_number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = units.len() > 1 && units.starts_with('0');
    if !is_number(units) || units.len() > 10 || leading_zero {
        return None;
    }
    let cents = match decimals {
        None => 0,
        Some(d) if is_number(d) && d.len() == 1 => d.parse::<i64>().ok()? * 10,
        Some(d) if is_number(d) && d.len() == 2 => d.parse().ok()?,
        Some(_) => return None,
    };
    Some(units.parse::<i64>().ok()? * 100 + cents)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Currency, Money, parse_minor};

    #[test]
    fn one_decimal_equals_two() {
        assert_eq!(parse_minor("738.5"), parse_minor("738.50"));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", ".", "1.", ".5", "01", "1.005", "-1", "+1", "1e3", "1,00", " 1", "12345678901", "١"]
        {
            assert_eq!(parse_minor(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn prints_what_it_reads(amount_minor in 0..=999_999_999_999_i64, which in 0..5_usize) {
            let money = Money { amount_minor, currency: Currency::ALL[which] };
            prop_assert_eq!(Money::parse(&money.amount(), money.currency), Some(money));
        }

        #[test]
        fn reads_exactly_the_pattern(text in "[0-9.]{0,14}") {
            let digits = |s: &str, max: usize| !s.is_empty() && s.len() <= max && s.bytes().all(|b| b.is_ascii_digit());
            let parts: Vec<_> = text.split('.').collect();
            let expected = digits(parts[0], 10)
                && (parts[0] == "0" || !parts[0].starts_with('0'))
                && (parts.len() == 1 || parts.len() == 2 && digits(parts[1], 2));
            prop_assert_eq!(parse_minor(&text).is_some(), expected);
        }
    }
}
