//! Looking a charge up, without charging.

use domain::id::PaymentId;
use domain::payment::{ChargeOutcome, Payment};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::Server;
use crate::{error, intent, intent_with, payment, provider};

fn found(intents: &[Value]) -> (u16, Value) {
    (
        200,
        json!({ "object": "search_result", "data": intents, "has_more": false, "url": "/v1/payment_intents/search" }),
    )
}

#[tokio::test]
async fn a_charge_is_searched_by_its_payment_and_read_afresh() {
    let server = Server::answering([found(&[intent("processing")]), (200, intent("succeeded"))]).await;
    let outcome = provider(&server).find_charge(&payment()).await.unwrap();
    assert!(matches!(outcome, Some(ChargeOutcome::Approved(_))), "{outcome:?}");
    let asked = server.asked();
    assert_eq!(asked[0].call, "GET /v1/payment_intents/search");
    let query = format!("metadata['payment_id']:'{}'", payment().id);
    assert_eq!(asked[0].parameter("query"), Some(query.as_str()));
    assert_eq!(asked[1].call, "GET /v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa");
    assert_eq!(asked[1].parameter("expand[]"), Some("latest_charge"));
    assert!(asked.iter().all(|asked| asked.header("idempotency-key").is_none()));
}

#[tokio::test]
async fn nothing_found_is_no_outcome() {
    let server = Server::answering([found(&[])]).await;
    assert_eq!(provider(&server).find_charge(&payment()).await.unwrap(), None);
}

#[tokio::test]
async fn the_charge_of_another_payment_is_no_outcome() {
    let server = Server::answering([found(&[intent("succeeded")]), (200, intent("succeeded"))]).await;
    let other = Payment { id: PaymentId::new(Uuid::from_u128(9)), ..payment() };
    assert_eq!(provider(&server).find_charge(&other).await.unwrap(), None);
}

#[tokio::test]
async fn of_several_intents_the_approved_one_counts() {
    let failed = json!({ "last_payment_error": { "type": "card_error", "code": "card_declined" } });
    let failed = intent_with("requires_payment_method", failed);
    let both = found(&[failed.clone(), intent("succeeded")]);
    let server = Server::answering([both, (200, failed), (200, intent("succeeded"))]).await;
    let outcome = provider(&server).find_charge(&payment()).await.unwrap();
    assert!(matches!(outcome, Some(ChargeOutcome::Approved(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_search_that_fails_is_silence() {
    let server = Server::answering([(400, error("invalid_request_error", "search_unavailable"))]).await;
    assert!(provider(&server).find_charge(&payment()).await.is_err());
}
