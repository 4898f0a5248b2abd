//! The judge itself: it takes what the document says and refuses everything beside it.

use http::{HeaderMap, HeaderName};
use serde_json::{Value, json};

use super::Openapi;

const ORDER: &str = "/v1/orders/019b4139-1234-7abc-8def-123456789abc";

fn check(
    method: &str,
    path: &str,
    status: u16,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Result<(), String> {
    let pairs = headers.iter();
    let headers: HeaderMap =
        pairs.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
    Openapi::shared().unwrap().check(method, path, status, &headers, body.as_bytes())
}

fn order() -> Value {
    super::document().unwrap()["components"]["examples"]["PlacedOrder"]["value"].take()
}

fn problem(status: u16, slug: &str) -> String {
    let kind = format!("https://petstoreapi.com/errors/{slug}");
    json!({"type": kind, "title": "x", "status": status}).to_string()
}

const JSON: (&str, &str) = ("content-type", "application/json");
const PROBLEM: (&str, &str) = ("content-type", "application/problem+json; charset=utf-8");
const TAG: (&str, &str) = ("etag", "\"1\"");

#[test]
fn takes_what_is_declared() {
    let body = order().to_string();
    check("GET", ORDER, 200, &[JSON, TAG], &body).unwrap();
    check("GET", "/v1/orders/7?x=/y", 400, &[PROBLEM], &problem(400, "bad-request")).unwrap();
    check("GET", ORDER, 304, &[TAG], "").unwrap();
    check("HEAD", ORDER, 200, &[JSON, TAG], "").unwrap();
    check("OPTIONS", ORDER, 204, &[("allow", "GET")], "").unwrap();
    check("DELETE", ORDER, 204, &[], "").unwrap();
}

#[test]
fn refuses_what_is_not() {
    let body = order().to_string();
    let refused = |answer: Result<(), String>, why: &str| {
        let reason = answer.unwrap_err();
        assert!(reason.contains(why), "{reason}");
    };
    refused(check("GET", ORDER, 200, &[JSON], &body), "ETag is missing");
    refused(check("GET", ORDER, 200, &[JSON, ("etag", "1")], &body), "the header ETag");
    refused(check("GET", ORDER, 200, &[TAG], &body), "not a declared type");
    refused(check("GET", ORDER, 202, &[JSON, TAG], &body), "not declared");
    refused(check("GET", ORDER, 200, &[JSON, TAG], "{"), "no JSON");
    refused(check("HEAD", ORDER, 200, &[JSON, TAG], &body), "HEAD has no body");
    refused(check("DELETE", ORDER, 204, &[], "{}"), "no body");
    refused(check("GET", ORDER, 400, &[PROBLEM], &problem(404, "not-found")), "the problem says 404");
    let wait = ("retry-after", "soon");
    refused(check("GET", ORDER, 503, &[PROBLEM, wait], &problem(503, "service-unavailable")), "Retry-After");
}

#[test]
fn objects_are_closed() {
    let with = |name: &str, value: Value| {
        let mut order = order();
        order[name] = value;
        check("GET", ORDER, 200, &[JSON, TAG], &order.to_string())
    };
    with("tenantId", Value::Null).unwrap();
    for (name, value) in [
        ("owner", json!("x")),
        ("id", json!("7")),
        ("status", json!("placed")),
        ("totalAmount", json!(738.05)),
        ("createdAt", json!("yesterday")),
    ] {
        assert!(with(name, value).is_err(), "{name}");
    }
}

#[test]
fn nothing_write_only_comes_back() {
    let document = super::document().unwrap();
    let examples =
        "/paths/~1v1~1orders~1{id}~1payment/post/responses/201/content/application~1json/examples/card/value";
    let payment = document.pointer(examples).unwrap();
    let answer = |payment: &Value| {
        let headers = [JSON, ("location", "/v1/orders/7/payments")];
        check("POST", &format!("{ORDER}/payment"), 201, &headers, &payment.to_string())
    };
    answer(payment).unwrap();
    for (pointer, name) in [("/source", "cvc"), ("/source/billingAddress", "line1")] {
        let mut leaking = payment.clone();
        leaking.pointer_mut(pointer).unwrap()[name] = json!("123");
        assert!(answer(&leaking).is_err(), "{name}");
    }
}

#[test]
fn other_paths_are_404_and_other_methods_405() {
    check("GET", "/v2", 404, &[PROBLEM], &problem(404, "not-found")).unwrap();
    assert!(check("GET", "/v2", 200, &[JSON], "{}").is_err());
    let body = problem(405, "method-not-allowed");
    check("PUT", ORDER, 405, &[PROBLEM, ("allow", "GET")], &body).unwrap();
    assert!(check("PUT", ORDER, 405, &[PROBLEM], &body).is_err());
    assert!(check("PUT", ORDER, 404, &[PROBLEM], &problem(404, "not-found")).is_err());
}

#[test]
fn a_literal_path_wins() {
    let secret = r#"{"secret":"whsec_AAAA"}"#;
    check("GET", "/v1/webhooks/callback-secret", 200, &[JSON], secret).unwrap();
}

#[test]
fn messages_are_judged_by_their_type() {
    let openapi = Openapi::shared().unwrap();
    let event = |order: Value| {
        let id = "019b4141-1c2d-7e3f-8a4b-5c6d7e8f9012";
        json!({"eventId": id, "eventType": "order.created", "timestamp": "2025-12-21T13:56:23.000Z",
               "data": {"order": order}})
        .to_string()
    };
    openapi.check_webhook("order.created", event(order()).as_bytes()).unwrap();
    assert!(openapi.check_webhook("order.statusChanged", event(order()).as_bytes()).is_err());
    assert!(openapi.check_webhook("order.created", event(json!({})).as_bytes()).is_err());
    assert!(openapi.check_webhook("order.deleted", b"{}").is_err());
    assert!(openapi.check_callback(b"{}").is_err());
}
