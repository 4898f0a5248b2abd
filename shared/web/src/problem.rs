//! Errors as problem documents (RFC 9457, contract 1.5). The only table from errors to statuses.

use domain::Error as Refusal;
use domain::FieldError;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::answer::Answer;
use crate::error::Error;
use crate::limit::rate_limit;
use crate::media;
use crate::route::Media;

const TYPES: &str = "https://petstoreapi.com/errors/";
/// Breaches that one document tells: nobody reads more of them, and an answer has a size (6 MB in Lambda). A body that holds
/// more is not searched for them either (`json::every`): each costs another reading of it.
pub(crate) const BREACHES_MAX: usize = 32;
/// What [`crate::json`] stops at, to know that there are more than are told.
pub(crate) const BREACHES_SOUGHT: usize = BREACHES_MAX + 1;
/// Seconds a client should wait when something we depend on is silent.
const UNAVAILABLE_RETRY_SECS: u32 = 5;

/// The document. The contract closes it: there are no other members.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    instance: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Breach>,
}

#[derive(Debug, Serialize)]
struct Breach {
    field: String,
    code: &'static str,
    message: String,
}

/// The problem document of `error`, which met the request to the path `instance`.
pub(crate) fn answer(error: &Error, instance: &str) -> Answer {
    let (status, slug, title) = kind(error);
    let problem = Problem {
        r#type: format!("{TYPES}{slug}"),
        title,
        status: status.as_u16(),
        detail: detail(error),
        instance,
        errors: breaches(error),
    };
    with_headers(error, Answer::problem(status, &problem))
}

/// What says "later" to clients of OAuth, which look for `error` (RFC 6749 section 5.2, RFC 8628 section 3.5); `None` for
/// every other error.
pub(crate) fn later(error: &Error) -> Option<Answer> {
    let code = match error {
        Error::Domain(Refusal::TooMany { .. }) => "slow_down",
        Error::Domain(Refusal::Unavailable { .. }) => "temporarily_unavailable",
        _ => return None,
    };
    let body = json!({"error": code, "error_description": detail(error)});
    Some(with_headers(error, Answer::ok(body).with_status(kind(error).0)))
}

/// The problem document of an error that came after the answer had begun, as text.
pub(crate) fn text(error: &Error, instance: &str) -> String {
    answer(error, instance).body().unwrap_or_default().to_owned()
}

/// Status, last part of `type`, and `title`.
fn kind(error: &Error) -> (StatusCode, &'static str, &'static str) {
    match error {
        Error::Domain(refusal) => refusal_kind(refusal),
        Error::NoPath | Error::NoPool => NOT_FOUND,
        Error::MethodNotAllowed { .. } => {
            (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method Not Allowed")
        }
        Error::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "not-acceptable", "Not Acceptable"),
        Error::PayloadTooLarge { .. } => TOO_LARGE,
        Error::UnsupportedMediaType { .. } => UNSUPPORTED_MEDIA,
    }
}

const NOT_FOUND: (StatusCode, &str, &str) = (StatusCode::NOT_FOUND, "not-found", "Not Found");
const TOO_LARGE: (StatusCode, &str, &str) =
    (StatusCode::PAYLOAD_TOO_LARGE, "payload-too-large", "Payload Too Large");
const UNSUPPORTED_MEDIA: (StatusCode, &str, &str) =
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported Media Type");

fn refusal_kind(refusal: &Refusal) -> (StatusCode, &'static str, &'static str) {
    match refusal {
        Refusal::Malformed { .. } => (StatusCode::BAD_REQUEST, "bad-request", "Bad Request"),
        Refusal::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "validation-error", "Validation Error"),
        Refusal::Unauthenticated(_) | Refusal::InvalidToken(_) => {
            (StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized")
        }
        Refusal::MissingScope(_) | Refusal::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "Forbidden"),
        Refusal::NotFound(_) => NOT_FOUND,
        Refusal::Conflict { .. } => (StatusCode::CONFLICT, "conflict", "Conflict"),
        Refusal::TooLarge(_) => TOO_LARGE,
        Refusal::UnsupportedMedia(_) => UNSUPPORTED_MEDIA,
        Refusal::PreconditionFailed => {
            (StatusCode::PRECONDITION_FAILED, "precondition-failed", "Precondition Failed")
        }
        Refusal::TooMany { .. } => {
            (StatusCode::TOO_MANY_REQUESTS, "rate-limit-exceeded", "Too Many Requests")
        }
        Refusal::Unavailable { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "service-unavailable", "Service Unavailable")
        }
        Refusal::Unreadable { .. } | Refusal::Internal { .. } => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal-server-error", "Internal Server Error")
        }
    }
}

/// What happened, for people. Faults keep their cause to the log.
fn detail(error: &Error) -> String {
    let text = match error {
        Error::Domain(refusal) => return refusal_detail(refusal),
        Error::NoPath => "There is nothing at this path.",
        Error::NoPool => {
            "This server has no shared pool. Name your tenant in X-Tenant-ID, or send its token."
        }
        Error::MethodNotAllowed { allow } => return format!("This path has the methods {allow}."),
        Error::NotAcceptable => "Answers are application/json or application/problem+json.",
        Error::PayloadTooLarge { media } => {
            return format!("The body may have at most {} bytes.", media::bytes_max(*media));
        }
        Error::UnsupportedMediaType { media: Media::Form } => {
            "The body must be declared as Content-Type: multipart/form-data."
        }
        Error::UnsupportedMediaType { media: Media::Fields | Media::Page } => {
            "The body must be declared as Content-Type: application/x-www-form-urlencoded."
        }
        Error::UnsupportedMediaType { .. } => "The body must be declared as Content-Type: application/json.",
    };
    text.to_owned()
}

fn refusal_detail(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Malformed { detail, .. } => sentence(detail),
        Refusal::Invalid(errors) if errors.len() == 1 => "One member is invalid; see errors.".to_owned(),
        Refusal::Invalid(errors) if errors.len() > BREACHES_MAX => {
            let at_least = if errors.len() == BREACHES_SOUGHT { "At least " } else { "" };
            let count = errors.len();
            format!("{at_least}{count} members are invalid; see errors for the first {BREACHES_MAX}.")
        }
        Refusal::Invalid(errors) => format!("{} members are invalid; see errors.", errors.len()),
        Refusal::Unauthenticated(reason) | Refusal::InvalidToken(reason) => sentence(reason),
        Refusal::MissingScope(_) => sentence(&refusal.to_string()),
        Refusal::Forbidden(reason) => sentence(reason),
        Refusal::NotFound(what) => format!("There is no such {what}."),
        Refusal::Conflict { detail, .. } | Refusal::TooMany { detail, .. } => sentence(detail),
        Refusal::TooLarge(reason) => sentence(reason),
        Refusal::UnsupportedMedia(reason) => sentence(reason),
        Refusal::PreconditionFailed => "If-Match names another version than the current one.".to_owned(),
        Refusal::Unavailable { .. } => "Something this needs does not answer now; try again.".to_owned(),
        Refusal::Unreadable { .. } | Refusal::Internal { .. } => {
            "That is our fault. The X-Request-Id header names this request.".to_owned()
        }
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}

/// Reasons finer than `type`; on 409 and 429 too.
fn breaches(error: &Error) -> Vec<Breach> {
    match error {
        Error::Domain(Refusal::Malformed { errors, .. } | Refusal::Invalid(errors)) => {
            errors.iter().take(BREACHES_MAX).map(Breach::of).collect()
        }
        Error::Domain(Refusal::Conflict { code, detail, .. } | Refusal::TooMany { code, detail, .. }) => {
            vec![Breach { field: subject(code).to_owned(), code, message: sentence(detail) }]
        }
        _ => Vec::new(),
    }
}

impl Breach {
    fn of(error: &FieldError) -> Self {
        Self { field: error.field.clone(), code: error.code, message: error.message.clone() }
    }
}

/// The contract demands a `field`; a conflict is about a thing, which its code begins with.
fn subject(code: &str) -> &'static str {
    // Met by requests that name the pet in their body.
    if code == "pet_not_available" {
        return "petId";
    }
    const SUBJECTS: &[&str] =
        &["order", "pet", "payment", "callback", "endpoint", "delivery", "user", "tenant", "client"];
    match code.split_once('_').map_or(code, |(first, _)| first) {
        "idempotency" => "Idempotency-Key",
        "operation" => "order",
        "payments" => "payment",
        first => SUBJECTS.iter().find(|subject| **subject == first).unwrap_or(&"request"),
    }
}

/// What belongs to some errors beside the document; to a token that does not do, what RFC 6750 section 3 says of it.
fn with_headers(error: &Error, answer: Answer) -> Answer {
    let retry_after = |answer: Answer, secs: &u32| answer.header("retry-after", secs.to_string());
    match error {
        Error::MethodNotAllowed { allow } => answer.header("allow", allow.clone()),
        Error::Domain(Refusal::Unauthenticated(_)) => answer.header("www-authenticate", "Bearer"),
        Error::Domain(Refusal::InvalidToken(reason)) => {
            let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{reason}\"");
            answer.header("www-authenticate", challenge)
        }
        Error::Domain(Refusal::MissingScope(scope)) => {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.as_str());
            answer.header("www-authenticate", challenge)
        }
        Error::Domain(Refusal::Conflict { retry_after_secs: Some(secs), .. }) => retry_after(answer, secs),
        Error::Domain(Refusal::TooMany { retry_after_secs, quota, .. }) => {
            let answer = retry_after(answer, retry_after_secs);
            let headers = quota.iter().flat_map(|quota| rate_limit(*quota, 0));
            headers.fold(answer, |answer, (name, value)| answer.header(name, value.to_string()))
        }
        Error::Domain(Refusal::Unavailable { .. }) => retry_after(answer, &UNAVAILABLE_RETRY_SECS),
        _ => answer,
    }
}

#[cfg(test)]
mod tests;
