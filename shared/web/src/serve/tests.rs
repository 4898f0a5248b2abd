use domain::{Error, Result};
use http::HeaderMap;
use lambda_http::{Body, Response};
use serde_json::{Value, json};

use super::serve;
use crate::answer::Answer;
use crate::edge::tests::edge;
use crate::request::Request;
use crate::route::{Route, Tenancy, route};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const ROUTES: &[Route] = &[
    route("GET", "/v1/orders/{id}", "GET, POST, PATCH"),
    route("PATCH", "/v1/orders/{id}", "GET, POST, PATCH"),
    route("POST", "/v1/orders", "GET, POST").idempotent(),
    route("GET", "/.well-known/jwks.json", "GET").tenancy(Tenancy::Unasked),
];

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl From<Response<Body>> for Answered {
    fn from(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

/// The request as API Gateway sends it to a function.
fn event(method: &str, path: &str, headers: &Value, body: &str) -> lambda_http::Request {
    let (raw_path, query) = path.split_once('?').unwrap_or((path, ""));
    let http = json!({"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "t"});
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": raw_path, "rawQueryString": query, "headers": headers,
        "isBase64Encoded": false, "body": body,
        "requestContext": {"accountId": "1", "apiId": "a", "domainName": "api.example", "domainPrefix": "a", "http": http,
                           "requestId": "JKJaXmPLvHcESHA=", "routeKey": "$default", "stage": "$default",
                           "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_i64},
    });
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

async fn call(method: &str, path: &str, headers: Value, body: &str) -> Answered {
    serve(&edge(), ROUTES, event(method, path, &headers, body), handle).await.into()
}

async fn get(path: &str, headers: Value) -> Answered {
    call("GET", path, headers, "").await
}

async fn handle(request: Request) -> Result<Answer> {
    match (request.method, request.route) {
        ("GET", "/v1/orders/{id}") => match request.param("id") {
            "fault" => Err(Error::internal("x", std::io::Error::other("secret cause"))),
            "public" => Ok(Answer::ok(1).header("cache-control", "public, max-age=60")),
            id => Ok(Answer::ok(json!({"id": id, "from": request.address, "q": request.query().text("q")?}))
                .version(7)),
        },
        ("PATCH", _) => request.if_match(7).map(|()| Answer::no_content()),
        ("POST", _) => {
            let body: Value = request.json(Ok)?;
            Ok(Answer::created(
                "/v1/orders/1",
                json!({"body": body, "key": request.idempotency()?.is_some()}),
            )
            .version(1))
        }
        _ => Ok(Answer::json_text("{\"keys\":[]}")),
    }
}

#[tokio::test]
async fn answers_what_the_handler_says() {
    let answered = get("/v1/orders/7?q=a%20b", json!({})).await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.json(), json!({"id": "7", "from": "192.0.2.7", "q": "a b"}));
    for (name, value) in [
        ("content-type", "application/json"),
        ("etag", "\"7\""),
        ("cache-control", "private, no-cache"),
        ("x-request-id", "JKJaXmPLvHcESHA="),
        ("access-control-allow-origin", "*"),
        ("vary", "Authorization, X-Tenant-ID"),
    ] {
        assert_eq!(answered.header(name), value);
    }
    assert_eq!(get("/v1/orders/public", json!({})).await.header("cache-control"), "public, max-age=60");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let answered = call("HEAD", "/v1/orders/7", json!({}), "").await;
    assert_eq!((answered.status, answered.header("etag"), answered.body.as_str()), (200, "\"7\"", ""));
    let answered = call("HEAD", "/v1/nothing", json!({}), "").await;
    assert_eq!((answered.status, answered.body.as_str()), (404, ""));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    for method in ["GET", "HEAD"] {
        let answered = call(method, "/v1/orders/7", json!({"if-none-match": "\"6\", W/\"7\""}), "").await;
        assert_eq!((answered.status, answered.body.as_str()), (304, ""));
        assert_eq!((answered.header("etag"), answered.header("content-type")), ("\"7\"", ""));
    }
    assert_eq!(get("/v1/orders/7", json!({"if-none-match": "\"6\""})).await.status, 200);
    assert_eq!(get("/v1/orders/fault", json!({"if-none-match": "*"})).await.status, 500);
}

#[tokio::test]
async fn if_match_guards_changes() {
    let patch = async |tag: &str| call("PATCH", "/v1/orders/7", json!({"if-match": tag}), "").await.status;
    assert_eq!(
        [patch("\"7\"").await, patch("*").await, patch("\"6\"").await, patch("W/\"7\"").await],
        [204, 204, 412, 400],
        "a weak tag says nothing of what If-Match asks"
    );
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_problems() {
    let answered = get("/v1/nothing?x=1", json!({"authorization": "nonsense"})).await;
    assert_eq!((answered.status, &answered.json()["instance"]), (404, &json!("/v1/nothing")));
    let answered = call("PUT", "/v1/orders/7", json!({}), "").await;
    assert_eq!((answered.status, answered.header("allow")), (405, "GET, HEAD, POST, PATCH, OPTIONS"));
    assert_eq!(answered.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn a_browser_may_ask_first() {
    let answered = call("OPTIONS", "/v1/orders", json!({"origin": "https://shop.example"}), "").await;
    assert_eq!((answered.status, answered.header("allow")), (204, "GET, HEAD, POST, OPTIONS"));
    assert_eq!(answered.header("access-control-allow-methods"), "GET, HEAD, POST, OPTIONS");
    assert!(answered.header("access-control-allow-headers").contains("X-Tenant-ID"));
}

#[tokio::test]
async fn refusals_before_the_handler_are_problems_too() {
    let long = format!("\"{}\"", "x".repeat(256 * 1024));
    for (headers, body, status) in [
        (json!({"x-tenant-id": "x"}), "{}", 400),
        (json!({"authorization": "Bearer x"}), "{}", 401),
        (json!({"accept": "text/html"}), "{}", 406),
        (json!({"content-type": "application/json"}), long.as_str(), 413),
        (json!({}), "{}", 415),
        (json!({"content-type": "text/plain"}), "{}", 415),
        (json!({}), "", 400),
        (json!({"content-type": "application/json"}), "{", 400),
        (json!({"content-type": "application/json", "idempotency-key": "short"}), "{}", 400),
    ] {
        let answered = call("POST", "/v1/orders", headers, body).await;
        assert_eq!(
            (answered.status, &answered.json()["status"]),
            (status, &json!(status)),
            "{}",
            answered.body
        );
        assert_eq!(answered.header("cache-control"), "no-store");
        assert_eq!(answered.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn a_key_reaches_the_operations_that_honour_it() {
    let headers = json!({"content-type": "application/json", "idempotency-key": KEY});
    let answered = call("POST", "/v1/orders", headers, "{\"a\":1}").await;
    assert_eq!((answered.status, answered.header("location")), (201, "/v1/orders/1"));
    assert_eq!(answered.json(), json!({"body": {"a": 1}, "key": true}));
    let ignored = call("PATCH", "/v1/orders/7", json!({"idempotency-key": "short"}), "").await;
    assert_eq!(ignored.status, 204);
}

#[tokio::test]
async fn a_refusal_stands_when_the_record_cannot_be_read() {
    let headers = json!({"content-type": "application/json", "idempotency-key": KEY});
    assert_eq!(call("POST", "/v1/orders", headers, "{").await.status, 400);
}

#[tokio::test]
async fn a_fault_says_nothing_of_its_cause() {
    let answered = get("/v1/orders/fault", json!({})).await;
    assert_eq!((answered.status, answered.header("x-request-id")), (500, "JKJaXmPLvHcESHA="));
    assert!(!answered.body.contains("secret"));
}

#[tokio::test]
async fn public_documents_ask_nobody() {
    let headers = json!({"authorization": "nonsense", "x-tenant-id": "nonsense"});
    assert_eq!(get("/.well-known/jwks.json", headers).await.status, 200);
}

#[tokio::test]
async fn a_request_without_a_gateway_still_has_an_id() {
    let request = http::Request::get("/v1/orders/7").body(Body::Empty).unwrap();
    let answered: Answered = serve(&edge(), ROUTES, request, handle).await.into();
    assert_eq!((answered.status, answered.header("x-request-id").len()), (200, 36));
}
