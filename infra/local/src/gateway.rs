//! API Gateway's part: routes a request as template.yaml says, hands it to the function as an event of payload
//! format 2.0, and gives the function's answer back.
//!
//! In AWS an HTTP API passes whole answers only, and what streams does so through a Function URL of its own. Here both
//! doors are this one: an answer in pieces goes out in pieces, if template.yaml gives its function a URL that streams.
//! And unlike Lambda, which never tells a function that its client hung up, such an invocation ends with its client: on
//! one machine nobody should wait for a language model that nobody listens to.
//!
//! What a real gateway answers by itself is answered here in the same words: 413, 431, 500 and 503 with
//! `{"message": …}`.

mod event;
mod route;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, SET_COOKIE, TRANSFER_ENCODING,
};
use http::{Method, StatusCode};
use lambda_http::Body;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use uuid::Uuid;
use web::Payload;

use crate::error::StartError;
use crate::function::{HttpFunction, InvokeError, invoke};
use crate::template::Template;
use crate::waker::Waker;
use event::Received;
use route::Routes;

/// The most that a request's line and header values may take together.
pub(crate) const HEADER_BYTES_MAX: usize = 10_240;
/// The largest body that the gateway takes.
pub(crate) const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The largest event or answer of a function.
const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;
/// The longest that an HTTP API waits for a function.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// An answer to a client.
pub(crate) type Answer = http::Response<Payload>;

/// The HTTP functions by the name of their binary.
pub type HttpFunctions = HashMap<String, HttpFunction>;

/// A function behind the API.
struct Known {
    function: HttpFunction,
    timeout: Duration,
    /// Whether its answers go out in pieces.
    streams: bool,
}

/// The HTTP API.
pub struct Gateway {
    routes: Routes,
    functions: HashMap<String, Known>,
    waker: Waker,
    /// Invocations. They go on when their client hangs up, as they do in Lambda, but for those that stream.
    running: TaskTracker,
}

impl Gateway {
    /// An API with the template's routes.
    ///
    /// # Errors
    /// [`StartError::Step`] when a route's function is not there.
    pub fn new(
        template: &Template,
        functions: &HttpFunctions,
        waker: Waker,
    ) -> Result<Arc<Self>, StartError> {
        let mut known = HashMap::new();
        for function in template.functions.iter().filter(|function| !function.routes.is_empty()) {
            let handler = functions.get(&function.binary).ok_or_else(|| StartError::Step {
                what: "route the API",
                reason: format!("there is no function {}", function.binary),
            })?;
            known.insert(
                function.binary.clone(),
                Known {
                    function: handler.clone(),
                    timeout: Duration::from_secs(function.timeout_secs),
                    streams: template.streams(&function.binary),
                },
            );
        }
        let routes = Routes::new(template.routes());
        Ok(Arc::new(Self { routes, functions: known, waker, running: TaskTracker::new() }))
    }

    /// Waits for the invocations that are running; none may begin after this.
    pub(crate) async fn finish(&self) {
        self.running.close();
        self.running.wait().await;
    }

    pub(crate) async fn answer(&self, parts: http::request::Parts, body: Bytes, from: IpAddr) -> Answer {
        let received = Received { parts, body, from, id: Uuid::new_v4().to_string() };
        let mut answer = self.route(&received).await;
        let id = HeaderValue::from_str(&received.id).ok();
        answer.headers_mut().extend(id.map(|id| (http::HeaderName::from_static("apigw-requestid"), id)));
        answer
    }

    async fn route(&self, received: &Received) -> Answer {
        let method = &received.parts.method;
        let matched = self.routes.find(method.as_str(), received.parts.uri.path());
        let Some(matched) = matched else { return message(StatusCode::NOT_FOUND) };
        let Some(known) = self.functions.get(&matched.route.function) else {
            return message(StatusCode::INTERNAL_SERVER_ERROR);
        };
        if event::body_bytes(received) > PAYLOAD_BYTES_MAX {
            return message(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let request = event::request(received, &matched);
        let answered = self.invoke(known, request).await;
        if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            self.waker.wake();
        }
        tracing::debug!(%method, route = matched.route.path, function = matched.route.function, "answered");
        match answered {
            Ok(response) => to_client(response, method, known.streams).await,
            Err(error) => {
                tracing::error!(function = matched.route.function, %error, "an HTTP function failed");
                message(status(&error, known.timeout))
            }
        }
    }

    async fn invoke(
        &self,
        known: &Known,
        request: lambda_http::Request,
    ) -> Result<http::Response<Payload>, InvokeError> {
        let function = known.function.clone();
        let limit = known.timeout.min(INTEGRATION_TIMEOUT);
        // Within the task: the call itself may panic too, before it gives a future.
        let invocation = invoke(limit, async move { function(request).await });
        let running = self.running.spawn(invocation);
        let ended = if known.streams { AbortOnDropHandle::new(running).await } else { running.await };
        ended.unwrap_or_else(|error| Err(InvokeError::Panicked(error.to_string())))
    }
}

/// A function that outlives the gateway's patience is 503; one that dies or runs out of its own time is 500.
fn status(error: &InvokeError, timeout: Duration) -> StatusCode {
    match error {
        InvokeError::TimedOut(_) if timeout >= INTEGRATION_TIMEOUT => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An answer in the gateway's own words.
pub(crate) fn message(status: StatusCode) -> Answer {
    let text = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let body = serde_json::json!({ "message": text }).to_string();
    let mut answer = Answer::new(Payload::Whole(Body::Text(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// Of a header that the function sent twice the first value goes out, since `lambda_http` writes no more of it into
/// the answer; cookies travel apart and all go out.
async fn to_client(response: http::Response<Payload>, method: &Method, streams: bool) -> Answer {
    let (mut parts, body) = response.into_parts();
    let body = match body {
        Payload::Pieces(pieces) if !streams => Payload::Whole(Body::Text(pieces.whole().await)),
        body => body,
    };
    let carried = match &body {
        Payload::Whole(Body::Binary(bytes)) => event::base64_bytes(bytes.len()),
        Payload::Whole(text) => text.len(),
        Payload::Pieces(_) => 0,
    };
    if carried > PAYLOAD_BYTES_MAX {
        tracing::error!(bytes = carried, "a function's answer is larger than Lambda allows");
        return message(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut headers = HeaderMap::with_capacity(parts.headers.len());
    for name in parts.headers.keys().filter(|name| **name != SET_COOKIE) {
        headers.extend(parts.headers.get(name).map(|value| (name.clone(), value.clone())));
    }
    for cookie in parts.headers.get_all(SET_COOKIE) {
        headers.append(SET_COOKIE, cookie.clone());
    }
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
    if *method != Method::HEAD {
        headers.remove(CONTENT_LENGTH);
    }
    parts.headers = headers;
    Answer::from_parts(parts, body)
}
