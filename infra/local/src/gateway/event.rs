//! A request as the event of payload format 2.0, and the event as the `lambda_http` request that a function gets:
//! the event is built here, the rest is the runtime's own code.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>;
//! that the path arrives decoded and cut at a decoded `?` was seen in captures of live gateways.

use std::net::IpAddr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::request::Parts;
use lambda_http::request::LambdaRequest;
use lambda_http::{Context, Request, RequestExt};
use percent_encoding::percent_decode_str;
use time::OffsetDateTime;
use time::macros::format_description;
use uuid::Uuid;

use super::route::Matched;
use crate::template::ACCOUNT;

/// A client's request as the gateway knows it.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) from: IpAddr,
    /// The gateway's id of the request, which its answer carries too.
    pub(super) id: String,
}

/// What a function gets.
pub(super) fn request(received: &Received, matched: &Matched<'_>) -> Request {
    let request: Request = LambdaRequest::ApiGatewayV2(event(received, matched)).into();
    let mut context = Context::default();
    context.request_id = Uuid::new_v4().to_string();
    request.with_lambda_context(context)
}

/// The event of payload format 2.0.
pub(super) fn event(received: &Received, matched: &Matched<'_>) -> ApiGatewayV2httpRequest {
    let Received { parts, body, .. } = received;
    let mut event = ApiGatewayV2httpRequest::default();
    let route_key = match matched.route.path.as_str() {
        "$default" => "$default".to_owned(),
        path => format!("{} {path}", matched.route.method),
    };
    event.version = Some("2.0".to_owned());
    event.raw_path = Some(raw_path(parts.uri.path()));
    event.raw_query_string = Some(parts.uri.query().unwrap_or_default().to_owned());
    event.headers = headers(parts, received.from);
    event.cookies = cookies(&parts.headers);
    event.path_parameters = matched.parameters.clone();
    event.is_base64_encoded = !body.is_empty() && !is_text(&parts.headers, body);
    event.body = text(body, event.is_base64_encoded);
    event.request_context.http.path.clone_from(&event.raw_path);
    event.request_context.route_key = Some(route_key.clone());
    event.route_key = Some(route_key);
    describe(&mut event, received);
    event
}

fn describe(event: &mut ApiGatewayV2httpRequest, received: &Received) {
    let parts = &received.parts;
    let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let now = OffsetDateTime::now_utc();
    let format = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let context = &mut event.request_context;
    context.account_id = Some(ACCOUNT.to_owned());
    context.apiid = Some("local".to_owned());
    context.stage = Some("$default".to_owned());
    context.request_id = Some(received.id.clone());
    context.domain_name = header(HOST).map(str::to_owned);
    context.domain_prefix = Some("local".to_owned());
    context.time = now.format(&format).ok();
    context.time_epoch = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    context.http.method = parts.method.clone();
    context.http.protocol = Some("HTTP/1.1".to_owned());
    context.http.source_ip = Some(received.from.to_string());
    context.http.user_agent = header(USER_AGENT).map(str::to_owned);
}

/// Decoded once, and cut where a decoded `?` would begin a query.
fn raw_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split('?').next().unwrap_or_default().to_owned()
}

/// Each name once, its values joined by commas; cookies go elsewhere; the gateway says who called and how.
fn headers(parts: &Parts, from: IpAddr) -> HeaderMap {
    let mut joined = HeaderMap::with_capacity(parts.headers.len() + 3);
    for name in parts.headers.keys().filter(|name| **name != COOKIE) {
        let values: Vec<_> = parts.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        let value = String::from_utf8_lossy(&values.join(&b","[..])).into_owned();
        joined.extend(HeaderValue::from_str(&value).ok().map(|value| (name.clone(), value)));
    }
    let forwarded = HeaderName::from_static("x-forwarded-for");
    let before = joined.get(&forwarded).and_then(|value| value.to_str().ok());
    let chain = before.map_or_else(|| from.to_string(), |before| format!("{before}, {from}"));
    joined.extend(HeaderValue::from_str(&chain).ok().map(|value| (forwarded, value)));
    joined.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    joined
}

fn cookies(headers: &HeaderMap) -> Option<Vec<String>> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies: Vec<_> =
        lines.flat_map(|line| line.split(';')).map(|cookie| cookie.trim().to_owned()).collect();
    (!cookies.is_empty()).then_some(cookies)
}

/// The gateway sends these kinds as they are and everything else, forms included, as base64.
fn is_text(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("text/plain");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let textual = kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&kind.as_str())
        || ["+json", "+xml"].iter().any(|suffix| kind.ends_with(suffix));
    textual && std::str::from_utf8(body).is_ok()
}

fn text(body: &Bytes, base64: bool) -> Option<String> {
    match body {
        body if body.is_empty() => None,
        body if base64 => Some(STANDARD.encode(body)),
        body => Some(String::from_utf8_lossy(body).into_owned()),
    }
}

/// What the body takes in the event: a third more when it is no text.
pub(super) fn body_bytes(received: &Received) -> usize {
    let body = &received.body;
    if is_text(&received.parts.headers, body) { body.len() } else { base64_bytes(body.len()) }
}

/// What bytes take as base64.
pub(super) const fn base64_bytes(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

#[cfg(test)]
mod tests;
