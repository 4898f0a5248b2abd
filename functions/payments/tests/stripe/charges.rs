//! Charges: approved, declined, or unknown.

use domain::payment::{Approval, ChargeOutcome};
use payments::provider::{Silent, TIMEOUT};
use serde_json::{Value, json};

use crate::server::Server;
use crate::{API_KEY, NUMBER, error, intent, intent_with, payment, provider};

fn declined(reason: &str) -> ChargeOutcome {
    ChargeOutcome::Declined(reason.to_owned())
}

/// A refused card: an error that holds the intent it leaves behind.
fn card_declined(decline_code: &str) -> Value {
    let mut body = error("card_error", "card_declined");
    body["error"]["decline_code"] = decline_code.into();
    body["error"]["charge"] = "ch_1".into();
    let last = body["error"].clone();
    body["error"]["payment_intent"] =
        intent_with("requires_payment_method", json!({ "last_payment_error": last }));
    body
}

async fn charge(answers: impl IntoIterator<Item = (u16, Value)>) -> (Result<ChargeOutcome, Silent>, Server) {
    let server = Server::answering(answers).await;
    let outcome = provider(&server).charge(&payment()).await;
    (outcome, server)
}

#[tokio::test]
async fn a_charge_is_approved() {
    let card = json!({ "card": { "authorization_code": "123456", "last4": "4242" }, "type": "card" });
    let latest =
        json!({ "id": "ch_3MmlLrLkdIwHu7ix0snN0B15", "object": "charge", "payment_method_details": card });
    let (outcome, server) =
        charge([(200, intent_with("succeeded", json!({ "latest_charge": latest })))]).await;
    let approval = Approval {
        transaction_id: "ch_3MmlLrLkdIwHu7ix0snN0B15".to_owned(),
        approval_code: "123456".to_owned(),
        processor: "stripe".to_owned(),
    };
    assert_eq!(outcome.unwrap(), ChargeOutcome::Approved(approval));
    let asked = &server.asked()[0];
    assert_eq!(asked.call, "POST /v1/payment_intents");
    assert_eq!(asked.header("idempotency-key"), Some(payment().id.to_string().as_str()));
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {API_KEY}").as_str()));
    for (name, value) in [
        ("amount", "12550"),
        ("currency", "eur"),
        ("payment_method", "pm_1"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
        ("error_on_requires_action", "true"),
        ("metadata[payment_id]", &payment().id.to_string()),
        ("metadata[order_id]", &payment().order_id.to_string()),
        ("metadata[pool]", "shared"),
        ("expand[]", "latest_charge"),
    ] {
        assert_eq!(asked.parameter(name), Some(value), "{name}");
    }
    assert_eq!(asked.parameters.len(), 10);
}

#[tokio::test]
async fn an_approval_without_a_code_takes_the_end_of_the_intent() {
    for (latest, transaction) in [(json!("ch_1"), "ch_1"), (Value::Null, "pi_3MtwBwLkdIwHu7ix28a3tqPa")] {
        let (outcome, _) =
            charge([(200, intent_with("succeeded", json!({ "latest_charge": latest })))]).await;
        let ChargeOutcome::Approved(approval) = outcome.unwrap() else { panic!("not approved") };
        assert_eq!(
            (approval.transaction_id.as_str(), approval.approval_code.as_str()),
            (transaction, "28a3tqPa")
        );
    }
}

#[tokio::test]
async fn a_refused_card_is_declined_with_the_issuers_reason() {
    let (outcome, server) = charge([(402, card_declined("insufficient_funds"))]).await;
    assert_eq!(outcome.unwrap(), declined("insufficient_funds"));
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn a_refused_card_without_a_decline_code_is_declined_with_stripes() {
    for code in ["expired_card", "processing_error", "authentication_required"] {
        let (outcome, _) = charge([(402, error("card_error", code))]).await;
        assert_eq!(outcome.unwrap(), declined(code));
    }
}

#[tokio::test]
async fn a_request_that_can_never_succeed_is_declined() {
    let (outcome, _) = charge([(400, error("invalid_request_error", "amount_too_small"))]).await;
    assert_eq!(outcome.unwrap(), declined("amount_too_small"));
}

#[tokio::test]
async fn what_cannot_be_tried_now_is_silence() {
    for (status, kind, code) in [
        (401, "invalid_request_error", "api_key_expired"),
        (403, "invalid_request_error", "more_permissions_required"),
        (409, "idempotency_error", "idempotency_key_in_use"),
        (429, "invalid_request_error", "rate_limit"),
    ] {
        let (outcome, server) = charge([(status, error(kind, code))]).await;
        let silent = outcome.unwrap_err().to_string();
        assert!(silent.contains(code) && !silent.contains(NUMBER), "{silent}");
        assert_eq!(server.calls().len(), 1);
    }
}

#[tokio::test]
async fn what_may_have_charged_is_looked_up_and_never_a_decline() {
    for (status, kind, code) in [
        (500, "api_error", "unknown"),
        (400, "idempotency_error", "unknown"),
        (400, "invalid_request_error", "parameter_missing"),
        (502, "card_error", "card_declined"),
    ] {
        let nothing = json!({ "object": "search_result", "data": [], "has_more": false });
        let (outcome, server) = charge([(status, error(kind, code)), (200, nothing)]).await;
        assert!(outcome.is_err(), "{status} {kind}: {outcome:?}");
        assert_eq!(server.calls(), ["POST /v1/payment_intents", "GET /v1/payment_intents/search"]);
    }
}

#[tokio::test]
async fn a_charge_behind_a_500_is_found() {
    let found = json!({ "object": "search_result", "data": [intent("processing")], "has_more": false });
    let answers = [(500, error("api_error", "unknown")), (200, found), (200, intent("succeeded"))];
    let (outcome, server) = charge(answers).await;
    assert!(matches!(outcome, Ok(ChargeOutcome::Approved(_))), "{outcome:?}");
    assert_eq!(server.calls()[2], "GET /v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa");
}

#[tokio::test]
async fn an_intent_that_is_processing_is_silence_of_a_provider_at_work() {
    let (outcome, _) = charge([(200, intent("processing")), (200, intent("processing"))]).await;
    let silent = outcome.unwrap_err();
    assert!(silent.is_at_work() && silent.to_string().contains("processing"), "{silent}");
    let (outcome, _) =
        charge([(500, error("api_error", "unknown")), (500, error("api_error", "unknown"))]).await;
    assert!(!outcome.unwrap_err().is_at_work());
}

#[tokio::test]
async fn a_repeated_answer_is_checked_against_the_intent_itself() {
    let failed = json!({ "last_payment_error": { "type": "card_error", "code": "account_closed" } });
    for (now, expected) in [
        (intent_with("requires_payment_method", failed), Some(declined("account_closed"))),
        (intent("canceled"), Some(declined("not_completed"))),
        (intent("succeeded"), None),
    ] {
        let (outcome, _) = charge([(200, intent("processing")), (200, now)]).await;
        match expected {
            Some(expected) => assert_eq!(outcome.unwrap(), expected),
            None => assert!(matches!(outcome, Ok(ChargeOutcome::Approved(_)))),
        }
    }
}

#[tokio::test]
async fn an_intent_that_waits_for_the_payer_is_cancelled_before_it_is_declined() {
    let waiting = || (200, intent("requires_action"));
    let (outcome, server) = charge([waiting(), waiting(), (200, intent("canceled"))]).await;
    assert_eq!(outcome.unwrap(), declined("authentication_required"));
    let cancel = &server.asked()[2];
    assert_eq!(cancel.call, "POST /v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa/cancel");
    assert_eq!(cancel.parameter("cancellation_reason"), Some("abandoned"));
}

#[tokio::test]
async fn an_intent_that_cannot_be_cancelled_is_silence() {
    let waiting = || (200, intent("requires_confirmation"));
    let state = error("invalid_request_error", "payment_intent_unexpected_state");
    let (outcome, _) = charge([waiting(), waiting(), (400, state)]).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn no_answer_is_silence() {
    let server = Server::answering([]).await;
    let asking = tokio::spawn({
        let provider = provider(&server);
        async move { provider.charge(&payment()).await }
    });
    server.arrived().await;
    tokio::time::pause();
    tokio::time::advance(TIMEOUT).await;
    assert!(asking.await.unwrap().unwrap_err().to_string().contains("in time"));
}

#[tokio::test]
async fn no_connection_is_silence() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    drop(server);
    let nobody =
        payments::provider::Provider::Stripe(payments::provider::Stripe::new(url, API_KEY.to_owned()));
    assert!(nobody.charge(&payment()).await.is_err());
}
