//! What a client says of an endpoint, checked member by member, all breaches at once.

use std::collections::BTreeMap;

use domain::event::EventType;
use domain::retry::Schedule;
use domain::target::TargetUrl;
use domain::time::SECOND_MS;
use domain::webhook::{EndpointStatus, Subscription};
use domain::{Error, FieldError, Result, alternatives};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::App;

/// Headers an endpoint may add to its deliveries.
const HEADERS_MAX: usize = 10;
/// Characters of a header's value.
const HEADER_VALUE_MAX: usize = 1_024;
/// Deliveries a second that an endpoint may ask for at most.
const RATE_MAX: u32 = 1_000;
/// Characters of a description.
const DESCRIPTION_MAX: usize = 500;

/// The body of a creation or a change; members that the server sets are read and ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EndpointBody {
    #[serde(default, deserialize_with = "web::sent")]
    url: Option<String>,
    #[serde(default, deserialize_with = "web::sent")]
    events: Option<Vec<String>>,
    #[serde(default, deserialize_with = "web::sent")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "web::sent")]
    headers: Option<BTreeMap<String, String>>,
    /// Seconds between the tries.
    #[serde(default, deserialize_with = "web::sent")]
    retry_schedule: Option<Vec<u32>>,
    /// Deliveries a second.
    #[serde(default, deserialize_with = "web::sent")]
    rate_limit: Option<Option<u32>>,
    #[serde(default, deserialize_with = "web::sent")]
    asymmetric_signature: Option<bool>,
    #[serde(default, deserialize_with = "web::sent")]
    status: Option<String>,
    #[serde(default, rename = "headerNames")]
    _header_names: Option<IgnoredAny>,
    #[serde(default, rename = "secret")]
    _secret: Option<IgnoredAny>,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "createdAt")]
    _created_at: Option<IgnoredAny>,
    #[serde(default, rename = "updatedAt")]
    _updated_at: Option<IgnoredAny>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<IgnoredAny>,
}

/// The members that were sent, each valid.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) url: Option<TargetUrl>,
    pub(crate) subscription: Option<Subscription>,
    /// `Some(None)` takes it away.
    pub(crate) description: Option<Option<String>>,
    pub(crate) headers: Option<BTreeMap<String, String>>,
    pub(crate) schedule: Option<Schedule>,
    /// `Some(None)` lifts it.
    pub(crate) rate: Option<Option<u32>>,
    pub(crate) signs_v1a: Option<bool>,
    pub(crate) status: Option<EndpointStatus>,
}

impl EndpointBody {
    /// The members sent, or everything that is wrong with them; `before` is the status of an endpoint that is there.
    pub(crate) fn parse(self, app: &App, before: Option<EndpointStatus>) -> Result<Parsed> {
        let mut errors = Vec::new();
        let parsed = Parsed {
            url: self.url.and_then(|text| read_url(app, &text, &mut errors)),
            subscription: self.events.and_then(|words| read_events(&words, &mut errors)),
            description: self
                .description
                .map(|text| text.and_then(|text| read_description(text, &mut errors))),
            headers: self.headers.and_then(|headers| read_headers(headers, &mut errors)),
            rate: self.rate_limit.map(|rate| rate.and_then(|rate| read_rate(rate, &mut errors))),
            signs_v1a: self.asymmetric_signature,
            schedule: self.retry_schedule.and_then(|steps| read_schedule(&steps, &mut errors)),
            status: self.status.and_then(|word| read_status(&word, before, &mut errors)),
        };
        let mut require = |is_missing: bool, field: &str| {
            if before.is_none() && is_missing && !errors.iter().any(|error: &FieldError| error.field == field)
            {
                errors.push(FieldError::new(field, "required_field", "Is required."));
            }
        };
        require(parsed.url.is_none(), "url");
        require(parsed.subscription.is_none(), "events");
        if errors.is_empty() { Ok(parsed) } else { Err(Error::Invalid(errors)) }
    }
}

fn read_url(app: &App, text: &str, errors: &mut Vec<FieldError>) -> Option<TargetUrl> {
    TargetUrl::parse(text, app.targets, &app.own_hosts)
        .map_err(|error| errors.push(FieldError::new("url", error.code(), format!("The URL {error}."))))
        .ok()
}

fn read_events(words: &[String], errors: &mut Vec<FieldError>) -> Option<Subscription> {
    Subscription::parse(words).or_else(|| {
        let types = alternatives(
            EventType::ALL.iter().filter(|one| **one != EventType::WebhookTest).map(|one| one.as_str()),
        );
        let message = format!("Must be one or more of {types}, or *.");
        errors.push(FieldError::new("events", "invalid_value", message));
        None
    })
}

fn read_description(text: String, errors: &mut Vec<FieldError>) -> Option<String> {
    if text.chars().count() <= DESCRIPTION_MAX {
        return Some(text);
    }
    errors.push(FieldError::new("description", "too_long", "Must have at most 500 characters."));
    None
}

fn read_schedule(steps: &[u32], errors: &mut Vec<FieldError>) -> Option<Schedule> {
    let steps_ms = steps.iter().map(|seconds| i64::from(*seconds) * SECOND_MS).collect();
    Schedule::custom(steps_ms).or_else(|| {
        let message = "Must be at most 14 waits of 5 seconds to 7 days, together at most 21 days.";
        errors.push(FieldError::new("retrySchedule", "out_of_range", message));
        None
    })
}

fn read_rate(rate: u32, errors: &mut Vec<FieldError>) -> Option<u32> {
    if (1..=RATE_MAX).contains(&rate) {
        return Some(rate);
    }
    errors.push(FieldError::new("rateLimit", "out_of_range", "Must be 1 to 1000 deliveries a second."));
    None
}

/// What only receivers bring about may be sent back as it was read.
fn read_status(
    word: &str,
    before: Option<EndpointStatus>,
    errors: &mut Vec<FieldError>,
) -> Option<EndpointStatus> {
    match (word, before) {
        ("ENABLED", _) => Some(EndpointStatus::Enabled),
        ("DISABLED", _) => Some(EndpointStatus::Disabled),
        ("GONE", Some(EndpointStatus::Gone)) | ("FAILING", Some(EndpointStatus::Failing)) => None,
        _ => {
            errors.push(FieldError::new("status", "invalid_value", "Must be ENABLED or DISABLED."));
            None
        }
    }
}

fn read_headers(
    headers: BTreeMap<String, String>,
    errors: &mut Vec<FieldError>,
) -> Option<BTreeMap<String, String>> {
    let before = errors.len();
    if headers.len() > HEADERS_MAX {
        errors.push(FieldError::new("headers", "too_many", "Must be at most 10."));
    }
    for (name, value) in &headers {
        if !is_token(name) {
            errors.push(FieldError::new("headers", "header_not_allowed", "Holds what is not a header name."));
            continue;
        }
        let field = format!("headers.{name}");
        if is_reserved(name) {
            errors.push(FieldError::new(&field, "header_not_allowed", "Is one that only we may set."));
        }
        if value.len() > HEADER_VALUE_MAX || !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            let message = "Must be printable ASCII of at most 1,024 characters.";
            errors.push(FieldError::new(field, "invalid_format", message));
        }
    }
    let lower = || headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    (errors.len() == before).then(lower)
}

/// RFC 9110, 5.6.2.
fn is_token(name: &str) -> bool {
    let is_tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.len() <= 100 && name.bytes().all(is_tchar)
}

/// Headers that no endpoint may set: framing, routing, and what receivers trust to be ours.
fn is_reserved(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "host",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "date",
        "user-agent",
        "accept-encoding",
        "content-type",
        "content-length",
        "content-encoding",
    ];
    const PREFIXES: [&str; 5] = ["webhook-", "x-webhook-", "x-petstore-", "proxy-", "sec-"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::EndpointBody;

    #[test]
    fn null_is_for_members_that_can_be_taken_away() {
        let reads = |member: &str| serde_json::from_value::<EndpointBody>(json!({member: null})).is_ok();
        for member in ["description", "rateLimit", "id", "createdAt", "headerNames", "secret"] {
            assert!(reads(member), "{member}");
        }
        for member in ["url", "events", "headers", "retrySchedule", "asymmetricSignature", "status"] {
            assert!(!reads(member), "{member}");
        }
    }
}
