//! Reading `POST /orders/{id}/payment`: from what serde takes to what cannot be wrong, all breaches at once.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::card::{is_aba, passes_luhn};
use super::parse_money;
use super::source::{AccountType, BillingAddress, NewBankAccount, NewCard, NewSource, Secret};
use crate::error::{Error, FieldError, Result, required};
use crate::money::Money;

/// The body as the contract shapes it; members that the server sets are read and ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayOrderBody {
    amount: Option<String>,
    currency: Option<String>,
    source: Option<SourceBody>,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "status")]
    _status: Option<IgnoredAny>,
    #[serde(default, rename = "createdAt")]
    _created_at: Option<IgnoredAny>,
}

/// What a client asks when it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayOrder {
    /// How much; compared with the order's total later.
    pub amount: Money,
    /// With what.
    pub source: NewSource,
}

impl PayOrderBody {
    /// The command, or everything that is wrong with the body. No message repeats a value.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn parse(self) -> Result<PayOrder> {
        let mut errors = Vec::new();
        let amount = parse_money(self.amount.as_deref(), self.currency.as_deref(), &mut errors);
        let source = required("source", self.source, &mut errors);
        let source = source.and_then(|source| source.parse(&mut errors));
        match (amount, source) {
            (Some(amount), Some(source)) if errors.is_empty() => Ok(PayOrder { amount, source }),
            _ => Err(Error::Invalid(errors)),
        }
    }
}

/// A card's and a bank account's members in one, so that a wrong one is told by its name; `object` says which are meant.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SourceBody {
    object: Option<String>,
    name: Option<String>,
    number: Option<Secret>,
    cvc: Option<Secret>,
    exp_month: Option<u64>,
    exp_year: Option<u64>,
    billing_address: Option<BillingBody>,
    brand: Option<IgnoredAny>,
    account_holder_name: Option<String>,
    account_number: Option<Secret>,
    routing_number: Option<String>,
    account_type: Option<String>,
    bank_name: Option<IgnoredAny>,
    #[serde(default, rename = "last4")]
    _last4: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BillingBody {
    #[serde(default, rename = "line1")]
    _line1: Option<Secret>,
    #[serde(default, rename = "line2")]
    _line2: Option<Secret>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
}

impl SourceBody {
    fn parse(self, errors: &mut Vec<FieldError>) -> Option<NewSource> {
        match required("source.object", self.object.as_deref(), errors)? {
            "card" => {
                refuse_sent(&self.of_accounts(), errors);
                parse_card(self, errors).map(NewSource::Card)
            }
            "bank_account" => {
                refuse_sent(&self.of_cards(), errors);
                parse_account(self, errors).map(NewSource::BankAccount)
            }
            _ => {
                let message = "Must be card or bank_account.";
                errors.push(FieldError::new("source.object", "invalid_value", message));
                None
            }
        }
    }

    /// Members that only cards have, and whether they were sent.
    const fn of_cards(&self) -> [(&'static str, bool); 7] {
        [
            ("name", self.name.is_some()),
            ("number", self.number.is_some()),
            ("cvc", self.cvc.is_some()),
            ("expMonth", self.exp_month.is_some()),
            ("expYear", self.exp_year.is_some()),
            ("billingAddress", self.billing_address.is_some()),
            ("brand", self.brand.is_some()),
        ]
    }

    /// Members that only bank accounts have, and whether they were sent.
    const fn of_accounts(&self) -> [(&'static str, bool); 5] {
        [
            ("accountHolderName", self.account_holder_name.is_some()),
            ("accountNumber", self.account_number.is_some()),
            ("routingNumber", self.routing_number.is_some()),
            ("accountType", self.account_type.is_some()),
            ("bankName", self.bank_name.is_some()),
        ]
    }
}

fn refuse_sent(others: &[(&str, bool)], errors: &mut Vec<FieldError>) {
    for (name, _) in others.iter().filter(|(_, is_sent)| *is_sent) {
        let message = "Is not a member of this kind of source.";
        errors.push(FieldError::new(format!("source.{name}"), "unknown_field", message));
    }
}

fn parse_card(body: SourceBody, errors: &mut Vec<FieldError>) -> Option<NewCard> {
    let name = text("source.name", body.name, errors);
    let number = number("source.number", body.number, 13..=19, passes_luhn, errors);
    if body.cvc.as_ref().is_some_and(|cvc| !is_digits(cvc.expose(), 3..=4)) {
        errors.push(FieldError::new("source.cvc", "invalid_format", "Must be three or four digits."));
    }
    let exp_month = ranged("source.expMonth", body.exp_month, 1..=12, errors);
    let exp_year = ranged("source.expYear", body.exp_year, 2024..=9999, errors);
    let billing_address = body.billing_address.map(|billing| parse_billing(billing, errors));
    Some(NewCard {
        name: name?,
        number: number?,
        cvc: body.cvc,
        exp_month: u8::try_from(exp_month?).ok()?,
        exp_year: u16::try_from(exp_year?).ok()?,
        billing_address,
    })
}

fn parse_billing(body: BillingBody, errors: &mut Vec<FieldError>) -> BillingAddress {
    let is_refused = |text: &Option<String>| {
        text.as_ref().is_some_and(|text| text.chars().count() > 100 || has_long_number(text))
    };
    for (field, value) in [("city", &body.city), ("state", &body.state), ("postalCode", &body.postal_code)] {
        if is_refused(value) {
            let message = "Must have at most 100 characters and no card or account number.";
            errors.push(FieldError::new(format!("source.billingAddress.{field}"), "invalid_format", message));
        }
    }
    let is_country = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if body.country.as_ref().is_some_and(|code| !is_country(code)) {
        let message = "Must be two capital letters.";
        errors.push(FieldError::new("source.billingAddress.country", "invalid_format", message));
    }
    BillingAddress {
        city: body.city,
        state: body.state,
        postal_code: body.postal_code,
        country: body.country,
    }
}

fn parse_account(body: SourceBody, errors: &mut Vec<FieldError>) -> Option<NewBankAccount> {
    let account_holder_name = text("source.accountHolderName", body.account_holder_name, errors);
    let account_number = number("source.accountNumber", body.account_number, 4..=17, |_| true, errors);
    let routing_number = required("source.routingNumber", body.routing_number, errors).and_then(|routing| {
        let is_routing = is_digits(&routing, 9..=9) && is_aba(&routing);
        if !is_routing {
            let message = "Must be a nine-digit ABA routing number with a valid checksum.";
            errors.push(FieldError::new("source.routingNumber", "invalid_format", message));
        }
        is_routing.then_some(routing)
    });
    let account_type = required("source.accountType", body.account_type, errors).and_then(|word| {
        let account_type = AccountType::parse(&word);
        if account_type.is_none() {
            let message = format!("Must be {}.", AccountType::words());
            errors.push(FieldError::new("source.accountType", "invalid_value", message));
        }
        account_type
    });
    Some(NewBankAccount {
        account_holder_name: account_holder_name?,
        account_number: account_number?,
        routing_number: routing_number?,
        account_type: account_type?,
    })
}

fn text(field: &str, value: Option<String>, errors: &mut Vec<FieldError>) -> Option<String> {
    let text = required(field, value, errors)?;
    let is_fit = !text.trim().is_empty() && text.chars().count() <= 100 && !has_long_number(&text);
    if !is_fit {
        let message = "Must have 1 to 100 characters and no card or account number.";
        errors.push(FieldError::new(field, "invalid_format", message));
    }
    is_fit.then_some(text)
}

/// Whether a free text hides what looks like a card number: it would be kept and shown.
fn has_long_number(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.len() >= 13
}

fn number(
    field: &str,
    value: Option<Secret>,
    length: std::ops::RangeInclusive<usize>,
    checks: fn(&str) -> bool,
    errors: &mut Vec<FieldError>,
) -> Option<Secret> {
    let secret = required(field, value, errors)?;
    if secret.expose().contains('*') {
        let message = "Must be the full number, not a masked one.";
        errors.push(FieldError::new(field, "masked_number", message));
    } else if !is_digits(secret.expose(), length.clone()) {
        let message = format!("Must be {} to {} digits.", length.start(), length.end());
        errors.push(FieldError::new(field, "invalid_format", message));
    } else if !checks(secret.expose()) {
        errors.push(FieldError::new(field, "incorrect_number", "The check digit is wrong."));
    } else {
        return Some(secret);
    }
    None
}

fn ranged(
    field: &str,
    value: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
    errors: &mut Vec<FieldError>,
) -> Option<u64> {
    let value = required(field, value, errors)?;
    if !range.contains(&value) {
        let message = format!("Must be {} to {}.", range.start(), range.end());
        errors.push(FieldError::new(field, "out_of_range", message));
    }
    range.contains(&value).then_some(value)
}

fn is_digits(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{NewSource, PayOrderBody};
    use crate::error::Error;

    fn parse(json: serde_json::Value) -> Result<super::PayOrder, Vec<String>> {
        let body: PayOrderBody = serde_json::from_str(&json.to_string()).unwrap();
        body.parse().map_err(|error| match error {
            Error::Invalid(errors) => errors.into_iter().map(|e| format!("{}:{}", e.field, e.code)).collect(),
            other => vec![other.to_string()],
        })
    }

    #[test]
    fn reads_a_card() {
        let pay = parse(serde_json::json!({
            "amount": "49.99", "currency": "GBP",
            "source": {"object": "card", "name": "J. Doe", "number": "4242424242424242", "cvc": "123",
                       "expMonth": 12, "expYear": 2030, "billingAddress": {"line1": "1 High St", "country": "GB"}}
        }))
        .unwrap();
        assert_eq!(pay.amount.to_string(), "49.99 GBP");
        assert!(matches!(pay.source, NewSource::Card(card) if card.number.expose().ends_with("4242")));
    }

    #[test]
    fn collects_every_breach_at_once() {
        let errors = parse(serde_json::json!({
            "amount": "0", "currency": "XXX",
            "source": {"object": "card", "number": "************4242", "cvc": "1", "expMonth": 13}
        }))
        .unwrap_err();
        for expected in [
            "currency:invalid_value",
            "amount:invalid_format",
            "source.name:required_field",
            "source.number:masked_number",
            "source.cvc:invalid_format",
            "source.expMonth:out_of_range",
            "source.expYear:required_field",
        ] {
            assert!(errors.contains(&expected.to_owned()), "{expected} in {errors:?}");
        }
    }

    #[test]
    fn members_of_the_other_kind_are_refused_by_name() {
        let errors = parse(serde_json::json!({
            "amount": "1.00",
            "source": {"object": "card", "name": "J", "number": "4242424242424242", "expMonth": 1, "expYear": 2030,
                       "accountType": "CHECKING", "bankName": "B", "last4": "4242", "brand": "visa"}
        }));
        assert_eq!(
            errors.unwrap_err(),
            ["source.accountType:unknown_field", "source.bankName:unknown_field"]
        );
    }

    #[test]
    fn a_wrong_checksum_is_refused() {
        let errors = parse(serde_json::json!({
            "amount": "1.00",
            "source": {"object": "bank_account", "accountHolderName": "J", "accountNumber": "000123456789",
                       "routingNumber": "110000001", "accountType": "CHECKING"}
        }))
        .unwrap_err();
        assert_eq!(errors, ["source.routingNumber:invalid_format"]);
    }
}
