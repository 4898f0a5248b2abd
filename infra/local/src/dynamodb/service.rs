//! DynamoDB's JSON protocol over HTTP: `POST /` with the operation in `X-Amz-Target`.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use dynoxide::auth_material::{self, AuthMaterial};
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use uuid::Uuid;

use super::engine::Engine;

const JSON: &str = "application/x-amz-json-1.0";
const PREFIXES: [&str; 2] = ["DynamoDB_20120810.", "DynamoDBStreams_20120810."];
/// DynamoDB takes bodies up to this.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
const UNKNOWN: &str = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
const UNREAD: &str = r#"{"__type":"com.amazon.coral.service#SerializationException"}"#;

/// An engine that connections share.
pub(super) type Shared = Arc<Mutex<Engine>>;

/// The answer to one request.
pub(super) async fn handle(
    engine: Shared,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    // With this type a page of another origin has to ask first, and nothing here permits it.
    let is_json =
        head.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(JSON.as_bytes()));
    if head.method != Method::POST || !is_json {
        return Ok(answer(StatusCode::NOT_FOUND, String::new()));
    }
    if let Some(refusal) = unsigned(&head) {
        return Ok(answer(StatusCode::BAD_REQUEST, refusal));
    }
    Ok(match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => operate(&engine, operation(&head), &body.to_bytes()),
        Err(_) => answer(StatusCode::BAD_REQUEST, UNREAD.to_owned()),
    })
}

/// DynamoDB's words for a request that is not signed. Signatures are not verified: there are no secrets here.
fn unsigned(head: &Parts) -> Option<String> {
    auth_material::validate(AuthMaterial {
        authorization: head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()),
        query: head.uri.query().unwrap_or_default(),
        has_date_header: head.headers.contains_key("x-amz-date") || head.headers.contains_key(DATE),
    })
}

fn operation(head: &Parts) -> &str {
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    PREFIXES.iter().find_map(|prefix| target.strip_prefix(prefix)).unwrap_or_default()
}

fn operate(engine: &Shared, operation: &str, body: &[u8]) -> Response<Full<Bytes>> {
    match lock(engine).answer(operation, body) {
        None => answer(StatusCode::BAD_REQUEST, UNKNOWN.to_owned()),
        Some(Ok(json)) => answer(StatusCode::OK, json),
        Some(Err(error)) => {
            tracing::debug!(operation, %error, "DynamoDB refuses");
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            answer(status, error.to_json())
        }
    }
}

fn lock(engine: &Shared) -> MutexGuard<'_, Engine> {
    engine.lock().unwrap_or_else(|poisoned| {
        engine.clear_poison();
        let mut engine = poisoned.into_inner();
        engine.recover();
        engine
    })
}

fn answer(status: StatusCode, json: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    let id = Uuid::new_v4().simple().to_string();
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::super::Durability;
    use super::*;

    const CREATE: &str = r#"{"TableName":"things","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]}"#;
    const PUT: &str = r#"{"TableName":"things","Item":{"pk":{"S":"one"}}}"#;

    #[test]
    fn an_operation_that_panics_is_undone_and_the_next_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&folder.path().join("database"), Durability::Temporary).unwrap();
        let shared: Shared = Arc::new(Mutex::new(engine));
        let status = |name: &str, body: &str| operate(&shared, name, body.as_bytes()).status();
        assert_eq!(status("CreateTable", CREATE), StatusCode::OK);
        let other = shared.clone();
        let panicking = std::thread::spawn(move || {
            let mut engine = lock(&other);
            engine.begin();
            panic!("within a write");
        });
        assert!(panicking.join().is_err() && shared.is_poisoned());
        assert_eq!(status("PutItem", PUT), StatusCode::OK, "a write begins where none is under way");
    }
}
