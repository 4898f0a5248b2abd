//! What can go wrong, in no transport's words. The HTTP edge maps it to a problem document once
//! (`web::problem`); consumers ask [`Error::is_transient`] whether to try again.

use std::error::Error as StdError;

use crate::caller::Permission;
use crate::time::Timestamp;

/// A result of ours.
pub type Result<T> = std::result::Result<T, Error>;

/// One thing that is wrong with one member of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the member, dotted: `source.number`.
    pub field: String,
    /// Machine-readable reason: `required_field`, `invalid_format`, …
    pub code: &'static str,
    /// For people; never repeats a value that may be secret.
    pub message: String,
}

impl FieldError {
    /// An error of `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Everything an operation can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request cannot be read: JSON, path, query or header (400).
    #[error("malformed request: {detail}")]
    Malformed {
        /// What and where, for people.
        detail: String,
        /// The members concerned, where they are known.
        errors: Vec<FieldError>,
    },
    /// The request is understood and breaks a rule (422); all breaches at once.
    #[error("invalid request: {}", fields(.0))]
    Invalid(Vec<FieldError>),
    /// Nobody is signed in where somebody must be (401).
    #[error("unauthenticated: {0}")]
    Unauthenticated(&'static str),
    /// A bearer token that is not good, or no longer (401).
    #[error("invalid token: {0}")]
    InvalidToken(&'static str),
    /// The token lacks a scope (403).
    #[error("the token lacks the scope {}", .0.as_str())]
    MissingScope(Permission),
    /// The caller is known and may not do this (403).
    #[error("forbidden: {0}")]
    Forbidden(String),
    /// There is no such thing for this caller (404).
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The state of things refuses this now (409).
    #[error("conflict: {code}")]
    Conflict {
        /// Machine-readable reason: `pet_not_available`, `operation_in_progress`, …
        code: &'static str,
        /// For people.
        detail: String,
        /// Seconds after which trying again makes sense.
        retry_after_secs: Option<u32>,
    },
    /// What was sent is larger than it may be (413); for people.
    #[error("too large: {0}")]
    TooLarge(String),
    /// What was sent is of a kind that is not taken (415); for people.
    #[error("unsupported media: {0}")]
    UnsupportedMedia(&'static str),
    /// `If-Match` names another version (412).
    #[error("precondition failed")]
    PreconditionFailed,
    /// A cap on what one caller may do is reached (429).
    #[error("too many requests: {code}")]
    TooMany {
        /// Machine-readable reason.
        code: &'static str,
        /// For people.
        detail: String,
        /// Seconds after which trying again makes sense.
        retry_after_secs: u32,
        /// What is used up, where time alone brings it back.
        quota: Option<Quota>,
    },
    /// Something we depend on does not answer now; trying again is right (503).
    #[error("unavailable: {what}")]
    Unavailable {
        /// What did not answer.
        what: &'static str,
        /// Why, for logs.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// Something stored that this release cannot read (500): it stays so until a person or another release changes it.
    #[error("unreadable: {what}")]
    Unreadable {
        /// What was stored.
        what: &'static str,
        /// Why, for logs.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A fault of ours (500).
    #[error("internal: {what}")]
    Internal {
        /// What failed.
        what: &'static str,
        /// Why, for logs.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

/// What may be used in one window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// So many requests, or in the chat tokens.
    pub limit: u64,
    /// When the next window begins.
    pub reset: Timestamp,
}

impl Error {
    /// A malformed request, with what and where.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::Malformed { detail: detail.into(), errors: Vec::new() }
    }

    /// A request with one breach.
    #[must_use]
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// A conflict that time alone does not solve.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into(), retry_after_secs: None }
    }

    /// A quota that is used up until its next window.
    #[must_use]
    pub fn exhausted(code: &'static str, detail: impl Into<String>, quota: Quota, now: Timestamp) -> Self {
        let wait_ms = quota.reset.since_ms(now).max(1).unsigned_abs();
        let retry_after_secs = u32::try_from(wait_ms.div_ceil(1_000)).unwrap_or(u32::MAX);
        Self::TooMany { code, detail: detail.into(), retry_after_secs, quota: Some(quota) }
    }

    /// A dependency that does not answer, and why.
    #[must_use]
    pub fn unavailable(what: &'static str, source: impl StdError + Send + Sync + 'static) -> Self {
        Self::Unavailable { what, source: Some(Box::new(source)) }
    }

    /// A fault of ours, and why.
    #[must_use]
    pub fn internal(what: &'static str, source: impl StdError + Send + Sync + 'static) -> Self {
        Self::Internal { what, source: Some(Box::new(source)) }
    }

    /// Something stored that cannot be read, and why.
    #[must_use]
    pub fn unreadable(what: &'static str, source: impl StdError + Send + Sync + 'static) -> Self {
        Self::Unreadable { what, source: Box::new(source) }
    }

    /// A fault of ours without a deeper cause.
    #[must_use]
    pub const fn fault(what: &'static str) -> Self {
        Self::Internal { what, source: None }
    }

    /// Whether somebody else might do what this refuses.
    #[must_use]
    pub const fn is_about_the_caller(&self) -> bool {
        matches!(self, Self::Unauthenticated(_) | Self::InvalidToken(_))
            || matches!(self, Self::MissingScope(_) | Self::Forbidden(_))
    }

    /// Whether the same call can succeed later without anyone changing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::TooMany { .. })
            || matches!(self, Self::Conflict { retry_after_secs: Some(_), .. })
    }
}

/// `value`, which a request must have; notes when it does not.
pub fn required<T>(field: &str, value: Option<T>, errors: &mut Vec<FieldError>) -> Option<T> {
    if value.is_none() {
        errors.push(FieldError::new(field, "required_field", "Is required."));
    }
    value
}

/// Words as a message lists what is allowed: "A, B or C".
#[must_use]
pub fn alternatives<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => words.concat(),
    }
}

fn fields(errors: &[FieldError]) -> String {
    errors.iter().map(|e| format!("{} ({})", e.field, e.code)).collect::<Vec<_>>().join(", ")
}
