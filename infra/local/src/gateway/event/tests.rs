//! Requests as events, and events as what functions get.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use lambda_http::request::RequestContext;

use super::*;
use crate::template::Route;

fn received(builder: http::request::Builder, body: &'static [u8]) -> Received {
    let (parts, ()) = builder.body(()).unwrap().into_parts();
    let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Received { parts, body: Bytes::from_static(body), from, id: "the-id".to_owned() }
}

fn with_route<T>(received: &Received, use_it: impl FnOnce(&Received, &Matched<'_>) -> T) -> T {
    let route = Route { method: "ANY".into(), path: "/v1/orders/{id}".into(), function: "orders".into() };
    let parameters = HashMap::from([("id".to_owned(), "1".to_owned())]);
    use_it(received, &Matched { route: &route, parameters })
}

fn post() -> http::request::Builder {
    http::Request::post("/v1/orders/1?a=1&a=%202").header("host", "localhost:3000")
}

#[test]
fn the_event_has_every_member_of_format_2() {
    let request = post()
        .header("x-many", "one")
        .header("X-Many", "two")
        .header("cookie", "a=1; b=2")
        .header("content-type", "application/json");
    let event = with_route(&received(request, b"{}"), event);
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["version"], "2.0");
    assert_eq!(json["routeKey"], "ANY /v1/orders/{id}");
    assert_eq!((&json["rawPath"], &json["rawQueryString"]), (&"/v1/orders/1".into(), &"a=1&a=%202".into()));
    assert_eq!(json["headers"]["x-many"], "one,two");
    assert_eq!(json["headers"]["x-forwarded-for"], "127.0.0.1");
    assert!(json["headers"].get("cookie").is_none());
    assert_eq!(json["cookies"], serde_json::json!(["a=1", "b=2"]));
    assert_eq!(json["pathParameters"]["id"], "1");
    assert_eq!((&json["body"], &json["isBase64Encoded"]), (&"{}".into(), &false.into()));
    let context = &json["requestContext"];
    assert_eq!((&context["stage"], &context["requestId"]), (&"$default".into(), &"the-id".into()));
    assert_eq!(
        (&context["http"]["method"], &context["http"]["sourceIp"]),
        (&"POST".into(), &"127.0.0.1".into())
    );
    assert!(context["timeEpoch"].as_i64().unwrap() > 1_700_000_000_000);
}

#[test]
fn the_function_gets_what_the_runtime_would_make_of_that_json() {
    let received = received(post().header("content-type", "application/json"), br#"{"a":1}"#);
    let direct = with_route(&received, request);
    let json = serde_json::to_string(&with_route(&received, event)).unwrap();
    let parsed = lambda_http::request::from_str(&json).unwrap();
    assert_eq!(direct.method(), parsed.method());
    assert_eq!(direct.uri(), parsed.uri());
    assert_eq!(direct.headers(), parsed.headers());
    assert_eq!(direct.body(), parsed.body());
    assert_eq!(direct.raw_http_path(), parsed.raw_http_path());
    assert_eq!(direct.query_string_parameters().all("a"), Some(vec!["1", " 2"]));
    assert_eq!(direct.path_parameters().first("id"), Some("1"));
    assert!(matches!(direct.request_context_ref(), Some(RequestContext::ApiGatewayV2(_))));
}

#[test]
fn a_path_arrives_decoded_and_cut_at_a_decoded_question_mark() {
    let path = |sent: &str| {
        let event = with_route(&received(http::Request::get(sent), b""), event);
        event.raw_path.unwrap()
    };
    assert_eq!(path("/v1/orders/a%20b"), "/v1/orders/a b");
    assert_eq!(path("/v1/orders/a%2Fb"), "/v1/orders/a/b");
    assert_eq!(path("/v1/orders/a%3Fadmin=true"), "/v1/orders/a");
    assert_eq!(path("/v1/orders/%25"), "/v1/orders/%");
    assert_eq!(path("/v1/orders/%ff"), "/v1/orders/\u{fffd}");
}

#[test]
fn odd_paths_and_queries_become_requests_and_no_panics() {
    for sent in ["/%00", "/%23a?b=%23", "/a%0d%0ab", "/%7B%7D?%", "/..%2f..", "//", "/%3a80", "/\u{e9}"] {
        let Ok(builder) = http::Uri::try_from(sent).map(http::Request::get) else { continue };
        let received = received(builder.header("host", "localhost:3000"), b"");
        assert_eq!(with_route(&received, request).method(), "GET", "{sent}");
    }
}

#[test]
fn bodies_that_are_no_text_travel_as_base64() {
    let base64 = |kind: &str, body: &'static [u8]| {
        let received = received(post().header("content-type", kind), body);
        let event = with_route(&received, event);
        assert_eq!(with_route(&received, request).body()[..], body[..]);
        event.is_base64_encoded
    };
    assert!(!base64("application/json; charset=utf-8", b"{}"));
    assert!(!base64("application/problem+json", b"{}"));
    assert!(base64("application/json", b"\xff"));
    assert!(base64("application/x-www-form-urlencoded", b"a=1"));
    assert!(base64("image/png", b"png"));
}

#[test]
fn unknown_methods_pass() {
    let request = http::Request::builder().method("QUERY").uri("/v1/pets");
    assert_eq!(with_route(&received(request, b""), super::request).method(), "QUERY");
}
