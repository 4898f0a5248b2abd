//! Step 0 of a payment: a source becomes a token. The only place that reads a card or account number.

use domain::payment::{AccountType, BillingAddress, NewBankAccount, NewCard, NewSource, Tokenised};
use serde::Deserialize;

use super::Stripe;
use super::form::Form;
use super::http::Failure;
use super::refusal::{Kind, Refusal};
use crate::provider::TokeniseError;

/// What begins the token of a card that Stripe refuses to tokenise and whose payment is nevertheless an attempt.
const DECLINED: &str = "declined:";

/// <https://docs.stripe.com/api/payment_methods/object>
#[derive(Deserialize)]
struct PaymentMethod {
    id: String,
    #[serde(default)]
    us_bank_account: Option<BankAccount>,
}

#[derive(Deserialize)]
struct BankAccount {
    #[serde(default)]
    bank_name: Option<String>,
}

impl Stripe {
    pub(in crate::provider) async fn tokenise(&self, source: &NewSource) -> Result<Tokenised, TokeniseError> {
        let form = match source {
            NewSource::Card(card) => card_form(card),
            NewSource::BankAccount(account) => account_form(account),
        };
        match self.http.post::<PaymentMethod>("/v1/payment_methods", None, form).await {
            Ok(PaymentMethod { id, us_bank_account }) => {
                Ok(Tokenised { token: id, bank_name: us_bank_account.and_then(|account| account.bank_name) })
            }
            Err(Failure::Refused(refusal)) => refused(refusal),
            Err(Failure::Silent(silent)) => Err(silent.into()),
        }
    }
}

/// Why a payment with `token` is declined without asking Stripe.
pub(super) fn declined(token: &str) -> Option<&str> {
    token.strip_prefix(DECLINED)
}

/// An expired card is a payment that is declined, not a request that is wrong; every other fault of the source is. An
/// error that is not about the source, such as missing raw-card access, is for the operator.
fn refused(refusal: Refusal) -> Result<Tokenised, TokeniseError> {
    let is_of_source =
        ["card", "us_bank_account", "billing_details"].iter().any(|of| refusal.param().starts_with(of));
    match (refusal.kind(), refusal.code()) {
        (Kind::Card, Some("expired_card" | "invalid_expiry_month" | "invalid_expiry_year")) => {
            Ok(Tokenised { token: format!("{DECLINED}expired_card"), bank_name: None })
        }
        (Kind::Card, _) => Err(TokeniseError::Refused(refusal.reason())),
        (Kind::Request, Some(_)) if is_of_source => Err(TokeniseError::Refused(refusal.reason())),
        _ => Err(TokeniseError::Silent(refusal.into())),
    }
}

fn card_form(card: &NewCard) -> Form {
    let form = Form::new()
        .with("type", "card")
        .with("card[number]", card.number.expose())
        .with("card[exp_month]", &card.exp_month.to_string())
        .with("card[exp_year]", &card.exp_year.to_string())
        .with_some("card[cvc]", card.cvc.as_ref().map(|cvc| cvc.expose()))
        .with("billing_details[name]", &card.name);
    match &card.billing_address {
        Some(address) => with_address(form, address),
        None => form,
    }
}

fn with_address(form: Form, address: &BillingAddress) -> Form {
    form.with_some("billing_details[address][city]", address.city.as_deref())
        .with_some("billing_details[address][state]", address.state.as_deref())
        .with_some("billing_details[address][postal_code]", address.postal_code.as_deref())
        .with_some("billing_details[address][country]", address.country.as_deref())
}

fn account_form(account: &NewBankAccount) -> Form {
    let account_type = match account.account_type {
        AccountType::Checking => "checking",
        AccountType::Savings => "savings",
    };
    Form::new()
        .with("type", "us_bank_account")
        .with("us_bank_account[account_number]", account.account_number.expose())
        .with("us_bank_account[routing_number]", &account.routing_number)
        .with("us_bank_account[account_holder_type]", "individual")
        .with("us_bank_account[account_type]", account_type)
        .with("billing_details[name]", &account.account_holder_name)
}
