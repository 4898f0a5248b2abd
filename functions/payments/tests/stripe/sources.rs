//! Sources become tokens, and their numbers go nowhere else.

use domain::money::Currency;
use domain::payment::{
    AccountType, BillingAddress, ChargeOutcome, NewBankAccount, NewCard, NewSource, Secret,
};
use payments::provider::{Provider, Stripe, TokeniseError};
use serde_json::{Value, json};

use crate::server::Server;
use crate::{API_KEY, CVC, NUMBER, card, error, paying, payment, provider};

const ACCOUNT_NUMBER: &str = "000123456789";

fn account() -> NewSource {
    NewSource::BankAccount(NewBankAccount {
        account_holder_name: "Jenny Rosen".to_owned(),
        account_number: Secret::new(ACCOUNT_NUMBER.to_owned()),
        routing_number: "110000000".to_owned(),
        account_type: AccountType::Savings,
    })
}

fn payment_method(members: Value) -> Value {
    let mut method =
        json!({ "id": "pm_1Q0PsIJvEtkwdCNYMSaVuRz6", "object": "payment_method", "livemode": false });
    method.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    method
}

#[tokio::test]
async fn a_card_becomes_a_token() {
    let server =
        Server::answering([(200, payment_method(json!({ "type": "card", "card": { "last4": "4242" } })))])
            .await;
    let token = provider(&server).tokenise(&card()).await.unwrap();
    assert_eq!((token.token.as_str(), token.bank_name), ("pm_1Q0PsIJvEtkwdCNYMSaVuRz6", None));
    let asked = &server.asked()[0];
    assert_eq!(asked.call, "POST /v1/payment_methods");
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {API_KEY}").as_str()));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert!(asked.header("stripe-version").is_some());
    for (name, value) in [
        ("type", "card"),
        ("card[number]", NUMBER),
        ("card[exp_month]", "4"),
        ("card[exp_year]", "2044"),
        ("card[cvc]", CVC),
        ("billing_details[name]", "Jenny Rosen & Sons"),
    ] {
        assert_eq!(asked.parameter(name), Some(value), "{name}");
    }
    assert_eq!(asked.parameters.len(), 6);
}

#[tokio::test]
async fn a_card_takes_its_address_along() {
    let NewSource::Card(card) = card() else { unreachable!() };
    let address = BillingAddress { country: Some("GB".to_owned()), ..BillingAddress::default() };
    let source = NewSource::Card(NewCard { cvc: None, billing_address: Some(address), ..card });
    let server = Server::answering([(200, payment_method(json!({})))]).await;
    provider(&server).tokenise(&source).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.parameter("billing_details[address][country]"), Some("GB"));
    assert_eq!((asked.parameter("card[cvc]"), asked.parameters.len()), (None, 6));
}

#[tokio::test]
async fn a_bank_account_becomes_a_token_and_names_its_bank() {
    let bank = json!({ "type": "us_bank_account", "us_bank_account": { "bank_name": "STRIPE TEST BANK" } });
    let server = Server::answering([(200, payment_method(bank))]).await;
    let token = provider(&server).tokenise(&account()).await.unwrap();
    assert_eq!(token.bank_name.as_deref(), Some("STRIPE TEST BANK"));
    let asked = &server.asked()[0];
    for (name, value) in [
        ("type", "us_bank_account"),
        ("us_bank_account[account_number]", ACCOUNT_NUMBER),
        ("us_bank_account[routing_number]", "110000000"),
        ("us_bank_account[account_holder_type]", "individual"),
        ("us_bank_account[account_type]", "savings"),
        ("billing_details[name]", "Jenny Rosen"),
    ] {
        assert_eq!(asked.parameter(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_refused_source_is_named_by_its_code_alone() {
    let mut routing = error("invalid_request_error", "routing_number_invalid");
    routing["error"]["param"] = "us_bank_account[routing_number]".into();
    for (status, body, code) in [
        (402, error("card_error", "incorrect_number"), "incorrect_number"),
        (400, routing, "routing_number_invalid"),
        (402, error("card_error", NUMBER), "declined"),
    ] {
        let server = Server::answering([(status, body)]).await;
        let refused = provider(&server).tokenise(&card()).await.unwrap_err();
        assert!(matches!(&refused, TokeniseError::Refused(reason) if reason == code), "{refused:?}");
        assert_holds_no_number(&refused);
    }
}

#[tokio::test]
async fn an_expired_card_is_a_declined_payment() {
    let server = Server::answering([(402, error("card_error", "invalid_expiry_year"))]).await;
    let provider = provider(&server);
    let token = provider.tokenise(&card()).await.unwrap().token;
    let payment = domain::payment::Payment { token, ..payment() };
    let outcome = provider.charge(&payment).await.unwrap();
    assert_eq!(outcome, ChargeOutcome::Declined("expired_card".to_owned()));
    assert_eq!(provider.find_charge(&payment).await.unwrap(), Some(outcome));
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn what_is_not_the_sources_fault_is_silence() {
    // Without raw-card access: <https://github.com/flutter-stripe/flutter_stripe/issues/1638>.
    let unsafe_number = json!({ "error": { "type": "invalid_request_error", "message": NUMBER } });
    for (status, body) in [
        (402, unsafe_number),
        (401, error("invalid_request_error", "api_key_expired")),
        (429, error("invalid_request_error", "rate_limit")),
        (500, error("api_error", "unknown")),
        (200, json!({ "unexpected": NUMBER })),
        (200, json!({ "id": [NUMBER] })),
    ] {
        let server = Server::answering([(status, body)]).await;
        let silent = provider(&server).tokenise(&card()).await.unwrap_err();
        assert!(matches!(silent, TokeniseError::Silent(_)), "{status}: {silent:?}");
        assert_holds_no_number(&silent);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_silence() {
    let endless = format!(r#"{{"id":"pm_1","filler":"{}"}}"#, "x".repeat(256 * 1024));
    let server = Server::answering_text([(200, endless)]).await;
    let silent = provider(&server).tokenise(&card()).await.unwrap_err();
    assert!(silent.to_string().contains("too long"), "{silent}");
}

#[tokio::test]
async fn a_number_is_not_sent_in_the_clear() {
    let unencrypted = Provider::Stripe(Stripe::new("http://stripe.example".to_owned(), API_KEY.to_owned()));
    let silent = unencrypted.tokenise(&card()).await.unwrap_err();
    assert!(silent.to_string().contains("https"), "{silent}");
}

#[tokio::test]
async fn a_key_no_header_can_hold_is_silence() {
    let server = Server::answering([]).await;
    let broken = Provider::Stripe(Stripe::new(server.url(), "sk_test\n".to_owned()));
    let silent = broken.tokenise(&card()).await.unwrap_err();
    assert!(silent.to_string().contains("API key") && !silent.to_string().contains("sk_test"), "{silent}");
    assert!(server.calls().is_empty());
}

#[test]
fn the_key_does_not_print() {
    let provider = Stripe::new("https://api.stripe.com".to_owned(), API_KEY.to_owned());
    assert!(!format!("{:?}", Provider::Stripe(provider)).contains("sk_test"));
}

#[tokio::test]
async fn a_bank_account_pays_in_dollars_only() {
    let server = Server::answering([]).await;
    let outcome = provider(&server).charge(&paying(account().to_stored(None), Currency::GBP)).await.unwrap();
    assert_eq!(outcome, ChargeOutcome::Declined("payment_method_currency_mismatch".to_owned()));
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn a_bank_account_is_debited_under_a_mandate() {
    let server = Server::answering([(200, crate::intent("succeeded"))]).await;
    provider(&server).charge(&paying(account().to_stored(None), Currency::USD)).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.parameter("payment_method_types[]"), Some("us_bank_account"));
    assert_eq!(asked.parameter("mandate_data[customer_acceptance][type]"), Some("offline"));
}

fn assert_holds_no_number(error: &TokeniseError) {
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(NUMBER) && !text.contains(CVC) && !text.contains("4242"), "{text}");
    }
}
