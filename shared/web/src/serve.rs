//! One request from end to end. Every error has become an answer when [`serve()`] returns.

use std::time::Instant;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response};
use platform::clock;
use platform::telemetry::Chain;

use crate::answer::{Answer, Content};
use crate::auth::Claim;
use crate::edge::Edge;
use crate::error::Error;
use crate::limit::{Standing, Turn};
use crate::payload::Payload;
use crate::request::{Request, address};
use crate::route::{Found, Matched, Route, find};
use crate::{etag, idempotency, limit, problem};

const ALLOWED_HEADERS: &str =
    "Authorization, Content-Type, X-Tenant-ID, Idempotency-Key, If-Match, If-None-Match, Accept";
const EXPOSED_HEADERS: &str = "Location, ETag, Link, Allow, Retry-After, Idempotent-Replayed, X-Request-Id, \
     RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, WWW-Authenticate";

/// Answers `request` with what `handler` says, if it is for one of `routes` and may be handled at all. An answer in
/// pieces is waited for, because the HTTP API takes whole ones only.
pub async fn serve<F, Fut>(
    edge: &Edge,
    routes: &[Route],
    request: lambda_http::Request,
    handler: F,
) -> Response<Body>
where
    F: FnOnce(Request) -> Fut,
    Fut: Future<Output = domain::Result<Answer>>,
{
    let (parts, content) = answered(edge, routes, request, handler).await.into_parts();
    let body = match content {
        Content::None => Body::Empty,
        Content::Whole(body) => body,
        Content::Pieces(pieces) => Body::Text(pieces.whole().await),
    };
    Response::from_parts(parts, body)
}

/// As [`serve()`], for callers that take an answer's pieces as they are made.
pub async fn serve_open<F, Fut>(
    edge: &Edge,
    routes: &[Route],
    request: lambda_http::Request,
    handler: F,
) -> Response<Payload>
where
    F: FnOnce(Request) -> Fut,
    Fut: Future<Output = domain::Result<Answer>>,
{
    answered(edge, routes, request, handler).await.map(|content| match content {
        Content::None => Payload::Whole(Body::Empty),
        Content::Whole(body) => Payload::Whole(body),
        Content::Pieces(pieces) => Payload::Pieces(pieces),
    })
}

async fn answered<F, Fut>(
    edge: &Edge,
    routes: &[Route],
    request: lambda_http::Request,
    handler: F,
) -> Response<Content>
where
    F: FnOnce(Request) -> Fut,
    Fut: Future<Output = domain::Result<Answer>>,
{
    let (parts, body) = request.into_parts();
    let found = find(routes, &parts.method, parts.uri.path());
    let (is_page, is_protocol) = (found.is_page(routes), found.is_protocol());
    let asked = Asked { is_page, is_protocol, ..Asked::of(&parts, found.pattern()) };
    let (standing, outcome) = match found {
        Found::Operation(matched) => operate(edge, matched, parts, body, handler).await,
        Found::Options { allow, .. } => (None, Ok(preflight(&allow))),
        Found::OtherMethod { allow, .. } => (None, Err(Error::MethodNotAllowed { allow })),
        Found::Nothing => (None, Err(Error::NoPath)),
    };
    asked.answer(standing, outcome)
}

async fn operate<F, Fut>(
    edge: &Edge,
    matched: Matched,
    parts: Parts,
    body: Body,
    handler: F,
) -> (Option<Standing>, Result<Answer, Error>)
where
    F: FnOnce(Request) -> Fut,
    Fut: Future<Output = domain::Result<Answer>>,
{
    let (route, now) = (matched.route, clock::now());
    let claim = match Claim::read(edge, &parts.headers, route.tenancy, now) {
        Ok(claim) => claim,
        Err(error) => return (None, Err(error)),
    };
    // Before anything is looked up: whoever is refused costs no read.
    let turn = Turn::of(&route, &claim, address(&parts).unwrap_or_default(), now);
    let (standing, admitted) = limit::enter(edge, &turn).await;
    if let Err(refusal) = admitted {
        return (standing, Err(refusal.into()));
    }
    let outcome = async {
        let caller = claim.admit(edge, route.tenancy, now).await?;
        let request = Request::read(edge, matched, caller, parts, body, now)?;
        let outcome = handle(edge, &request, handler).await;
        if matches!(outcome, Err(domain::Error::NotFound("order"))) {
            limit::missed(edge, &turn).await;
        }
        Ok(outcome?)
    };
    (standing, outcome.await)
}

async fn handle<F, Fut>(edge: &Edge, request: &Request, handler: F) -> domain::Result<Answer>
where
    F: FnOnce(Request) -> Fut,
    Fut: Future<Output = domain::Result<Answer>>,
{
    let key = request.idempotency()?;
    match (handler(request.clone()).await, key) {
        (Err(error), Some(key)) => {
            idempotency::settle(edge.store(), request.caller.scope, &key, request.now, error).await
        }
        (outcome, _) => outcome,
    }
}

/// What a browser asks before it sends the request itself.
fn preflight(allow: &str) -> Answer {
    Answer::no_content()
        .header("allow", allow)
        .header("access-control-allow-methods", allow)
        .header("access-control-allow-headers", ALLOWED_HEADERS)
        .header("access-control-max-age", "7200")
}

/// What the answer and the log line need of a request once the handler took it.
struct Asked {
    began: Instant,
    method: Method,
    /// Never the path itself: it holds ids.
    route: &'static str,
    path: String,
    request_id: String,
    if_none_match: Vec<HeaderValue>,
    /// Whether a web page answers: scripts of other sites have no business there.
    is_page: bool,
    /// Whether a client of OAuth asks, which reads no problem documents.
    is_protocol: bool,
}

impl Asked {
    fn of(parts: &Parts, route: Option<&'static str>) -> Self {
        Self {
            began: Instant::now(),
            method: parts.method.clone(),
            route: route.unwrap_or("none"),
            path: parts.uri.path().to_owned(),
            request_id: request_id(parts),
            if_none_match: parts.headers.get_all("if-none-match").iter().cloned().collect(),
            is_page: false,
            is_protocol: false,
        }
    }

    fn answer(&self, standing: Option<Standing>, outcome: Result<Answer, Error>) -> Response<Content> {
        let (parts, error) = match outcome.and_then(|answer| Ok(answer.into_parts()?)) {
            Ok(parts) => (Ok(parts), None),
            Err(error) => (self.refuse(&error).into_parts(), Some(error)),
        };
        // A problem document is made of strings and numbers: writing it cannot fail.
        let (status, mut headers, body) =
            parts.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new(), Content::None));
        let (status, body) = self.conditional(status, &mut headers, body);
        self.add_common(status, &mut headers);
        limit::describe(standing, status, &mut headers);
        self.log(status, error.as_ref());
        self.respond(status, headers, body)
    }

    fn refuse(&self, error: &Error) -> Answer {
        let later = if self.is_protocol { problem::later(error) } else { None };
        later.unwrap_or_else(|| problem::answer(error, &self.path))
    }

    /// 304 when the client has what it would get.
    fn conditional(
        &self,
        status: StatusCode,
        headers: &mut HeaderMap,
        body: Content,
    ) -> (StatusCode, Content) {
        let tag = headers.get("etag").and_then(|tag| tag.to_str().ok());
        let has = tag.is_some_and(|tag| etag::if_none_match_has(&self.if_none_match, tag));
        if !(has && self.is_read() && status == StatusCode::OK) {
            return (status, body);
        }
        headers.remove("content-type");
        (StatusCode::NOT_MODIFIED, Content::None)
    }

    fn add_common(&self, status: StatusCode, headers: &mut HeaderMap) {
        let is_kept = self.is_read() && matches!(status, StatusCode::OK | StatusCode::NOT_MODIFIED);
        let cache = if is_kept { "private, no-cache" } else { "no-store" };
        headers.entry("cache-control").or_insert(HeaderValue::from_static(cache));
        let shared =
            [("access-control-allow-origin", "*"), ("access-control-expose-headers", EXPOSED_HEADERS)];
        let common = [("vary", "Authorization, X-Tenant-ID"), ("x-content-type-options", "nosniff")];
        for (name, value) in shared.into_iter().filter(|_| !self.is_page).chain(common) {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(id) = HeaderValue::try_from(&self.request_id) {
            headers.insert("x-request-id", id);
        }
    }

    /// One line per request. What a client did wrong is in its answer; what we did wrong is only here.
    fn log(&self, status: StatusCode, error: Option<&Error>) {
        let (status, method) = (status.as_u16(), self.method.as_str());
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (route, request_id) = (self.route, self.request_id.as_str());
        match error.and_then(Error::fault) {
            Some(fault) => {
                tracing::error!(method, route, status, duration_ms, request_id, error = %Chain(fault), "request failed");
            }
            None => tracing::info!(method, route, status, duration_ms, request_id, "request"),
        }
    }

    fn respond(&self, status: StatusCode, headers: HeaderMap, body: Content) -> Response<Content> {
        let mut response = Response::new(if self.method == Method::HEAD { Content::None } else { body });
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

/// The gateway's id of the request, which its own log names too; a fresh one without a gateway.
fn request_id(parts: &Parts) -> String {
    let of_gateway = match parts.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    of_gateway.unwrap_or_else(|| clock::fresh_id().to_string())
}

#[cfg(test)]
mod tests;
