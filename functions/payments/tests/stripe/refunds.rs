//! Refunds: paid back, refused, or unknown.

use domain::id::RefundId;
use domain::payment::RefundOutcome;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::Server;
use crate::{error, paid, payment, provider};

fn id() -> RefundId {
    RefundId::new(Uuid::from_u128(7))
}

/// <https://docs.stripe.com/api/refunds/object>
fn refund(status: &str) -> Value {
    json!({
        "id": "re_1Nispe2eZvKYlo2Cd31jOCgZ",
        "object": "refund",
        "amount": 12_550,
        "charge": "ch_1",
        "currency": "eur",
        "metadata": { "refund_id": id().to_string() },
        "reason": null,
        "status": status,
    })
}

fn list(refunds: &[Value]) -> Value {
    json!({ "object": "list", "url": "/v1/refunds", "has_more": false, "data": refunds })
}

#[tokio::test]
async fn a_charge_is_refunded() {
    let server = Server::answering([(200, refund("succeeded"))]).await;
    let outcome = provider(&server).refund(id(), &paid("ch_1")).await.unwrap();
    assert_eq!(outcome, RefundOutcome::Refunded);
    let asked = &server.asked()[0];
    assert_eq!(asked.call, "POST /v1/refunds");
    assert_eq!(asked.header("idempotency-key"), Some(id().to_string().as_str()));
    for (name, value) in [
        ("charge", "ch_1"),
        ("metadata[refund_id]", &id().to_string()),
        ("metadata[payment_id]", &payment().id.to_string()),
        ("metadata[order_id]", &payment().order_id.to_string()),
        ("metadata[pool]", "shared"),
    ] {
        assert_eq!(asked.parameter(name), Some(value), "{name}");
    }
    assert_eq!(asked.parameters.len(), 5);
}

#[tokio::test]
async fn a_charge_known_by_its_intent_is_refunded() {
    let server = Server::answering([(200, refund("succeeded"))]).await;
    provider(&server).refund(id(), &paid("pi_1")).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!((asked.parameter("payment_intent"), asked.parameter("charge")), (Some("pi_1"), None));
}

#[tokio::test]
async fn what_is_already_refunded_is_refunded() {
    let server = Server::answering([(400, error("invalid_request_error", "charge_already_refunded"))]).await;
    assert_eq!(provider(&server).refund(id(), &paid("ch_1")).await.unwrap(), RefundOutcome::Refunded);
}

#[tokio::test]
async fn a_refund_can_be_refused() {
    let disputed = (400, error("invalid_request_error", "charge_disputed"));
    for answer in [disputed, (200, refund("failed")), (200, refund("canceled"))] {
        let server = Server::answering([answer]).await;
        assert_eq!(provider(&server).refund(id(), &paid("ch_1")).await.unwrap(), RefundOutcome::Refused);
    }
}

#[tokio::test]
async fn a_pending_refund_is_silence_until_it_is_done() {
    for (now, expected) in [("pending", None), ("succeeded", Some(RefundOutcome::Refunded))] {
        let server = Server::answering([(200, refund("pending")), (200, refund(now))]).await;
        assert_eq!(provider(&server).refund(id(), &paid("ch_1")).await.ok(), expected);
        assert_eq!(server.calls()[1], "GET /v1/refunds/re_1Nispe2eZvKYlo2Cd31jOCgZ");
    }
}

#[tokio::test]
async fn a_refund_behind_a_500_is_found_or_silence() {
    for (found, expected) in [(vec![refund("succeeded")], Some(RefundOutcome::Refunded)), (vec![], None)] {
        let server = Server::answering([(500, error("api_error", "unknown")), (200, list(&found))]).await;
        assert_eq!(provider(&server).refund(id(), &paid("ch_1")).await.ok(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_refunded_now_is_silence() {
    for (status, code) in [(401, "api_key_expired"), (409, "idempotency_key_in_use"), (429, "rate_limit")] {
        let server = Server::answering([(status, error("invalid_request_error", code))]).await;
        assert!(provider(&server).refund(id(), &paid("ch_1")).await.is_err(), "{code}");
    }
}

#[tokio::test]
async fn a_payment_without_a_charge_is_not_refunded() {
    let server = Server::answering([]).await;
    assert!(provider(&server).refund(id(), &payment()).await.is_err());
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn a_refund_is_found_by_its_id() {
    let mut other = refund("failed");
    other["metadata"]["refund_id"] = "another".into();
    let server =
        Server::answering([(200, list(&[other.clone(), refund("succeeded")])), (200, list(&[other]))]).await;
    let provider = provider(&server);
    assert_eq!(provider.find_refund(id(), &paid("ch_1")).await.unwrap(), Some(RefundOutcome::Refunded));
    assert_eq!(provider.find_refund(id(), &paid("ch_1")).await.unwrap(), None);
    let asked = &server.asked()[0];
    assert_eq!((asked.call.as_str(), asked.parameter("charge")), ("GET /v1/refunds", Some("ch_1")));
}
