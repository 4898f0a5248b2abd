//! The headers of one try: signed anew each time, over exactly the bytes that are sent and stored.

use domain::delivery::Delivery;
use domain::signature::Message;
use domain::{Error, Result, Timestamp};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, header::InvalidHeaderValue};

use crate::App;
use crate::receiver::Receiver;

const AGENT: HeaderValue = HeaderValue::from_static(concat!("Petstore-Webhooks/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Standard Webhooks' three headers, the contract's `X-Webhook-Signature`, and the order's version. The endpoint's own
/// headers come first, so that none of them can stand in for one of ours.
///
/// # Errors
/// When a stored header cannot be sent.
pub(crate) fn headers(
    app: &App,
    delivery: &Delivery,
    receiver: &Receiver,
    at: Timestamp,
) -> Result<HeaderMap> {
    let id = delivery.id.event().to_string();
    let message = Message { id: &id, at, body: delivery.body.as_bytes() };
    let mut signatures: Vec<_> = receiver.secrets.iter().map(|secret| message.sign_v1(secret)).collect();
    let wants_v1a = receiver.endpoint.as_ref().is_none_or(|endpoint| endpoint.signs_v1a);
    if wants_v1a {
        signatures.push(message.sign_v1a(&app.signing_key));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &receiver.headers {
        let name =
            HeaderName::try_from(name.as_str()).map_err(|error| Error::internal("stored header", error))?;
        headers.insert(name, value_of(value)?);
    }
    headers.insert(USER_AGENT, AGENT);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert("webhook-id", value_of(&id)?);
    headers.insert("webhook-timestamp", value_of(&at.as_secs().to_string())?);
    headers.insert("webhook-signature", value_of(&signatures.join(" "))?);
    if let Some(newest) = receiver.secrets.first() {
        headers.insert("x-webhook-signature", value_of(&message.sign_body(newest))?);
    }
    if let Some(version) = delivery.order_version {
        headers.insert("x-petstore-order-version", value_of(&version.to_string())?);
    }
    Ok(headers)
}

fn value_of(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|error: InvalidHeaderValue| Error::internal("stored header", error))
}
