//! `Idempotency-Key` (IETF draft httpapi-idempotency-key-header): what a client repeats has one effect.
//!
//! The record of an effect is written in the effect's own transaction, by the handler. When that or anything else
//! refuses the request, [`crate::serve()`] reads the record: the first answer is given again, another payload under
//! the same key is 422, and a run that is still going is 409. Ids and fingerprints are keyed hashes; neither the key
//! nor the payload, which may hold card data, is stored.

use domain::signature::hmac_sha256;
use domain::time::SECOND_MS;
use domain::{Caller, Error, FieldError, Result, Scope, Timestamp};
use http::HeaderMap;
use store::{IdempotencyRecord, RecordState, Store};
use uuid::Uuid;

use crate::answer::Answer;
use crate::error::is_fault;
use crate::header;

const KEY: &str = "idempotency-key";
const KEY_CHARS_MAX: usize = 255;
/// Whoever guesses an anonymous caller's key gets that caller's answer; 22 characters of base64 hold 128 bits.
const ANONYMOUS_KEY_CHARS_MIN: usize = 22;
const REPLAYED: &str = "idempotent-replayed";

/// A key, as what it is used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Keyed hash of pool, caller, operation and key.
    pub id: String,
    /// Keyed hash of the request.
    pub fingerprint: String,
}

/// What a record says of a repeated request.
#[derive(Debug)]
pub enum Replay {
    /// It was answered: this is the answer, marked as a repetition.
    Answer(Answer),
    /// It was begun and not finished.
    Running {
        /// What the run works on.
        resource: Uuid,
        /// When the run must be dead, and another may take over.
        until: Timestamp,
    },
}

/// The operation a key is used for, and its payload.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a [u8],
}

impl Idempotency {
    pub(crate) fn of(secret: &[u8; 32], caller: &Caller, key: &str, asked: &Asked<'_>) -> Self {
        let who = caller.subject().map_or_else(|| "anonymous".to_owned(), |user| user.to_string());
        let operation = format!("{}\n{}\n", asked.method, asked.path);
        let id = format!("id\n{}\n{who}\n{operation}{key}", caller.scope);
        let fingerprint = [b"fingerprint\n", operation.as_bytes(), asked.body];
        Self {
            id: hex::encode(hmac_sha256(secret, &[id.as_bytes()])),
            fingerprint: hex::encode(hmac_sha256(secret, &fingerprint)),
        }
    }

    /// The record of a request that is answered with `answer`. An answer that carries a secret is not stored: give
    /// the same one without it.
    #[must_use]
    pub fn completed(&self, answer: &Answer) -> IdempotencyRecord {
        self.record(RecordState::Completed(answer.to_stored()))
    }

    /// The record of a request that is begun, works on `resource` and must be dead by `until`.
    #[must_use]
    pub fn running(&self, resource: Uuid, until: Timestamp) -> IdempotencyRecord {
        self.record(RecordState::Running { resource, until })
    }

    fn record(&self, state: RecordState) -> IdempotencyRecord {
        IdempotencyRecord { id: self.id.clone(), fingerprint: self.fingerprint.clone(), state }
    }

    /// What `record` says of this request.
    ///
    /// # Errors
    /// [`Error::Invalid`] with `idempotency_key_reused` when the key was used for another payload.
    pub fn judge(&self, record: IdempotencyRecord) -> Result<Replay> {
        if record.fingerprint != self.fingerprint {
            let message = "Was used for another request in the last 24 hours.";
            return Err(Error::invalid("Idempotency-Key", "idempotency_key_reused", message));
        }
        match record.state {
            RecordState::Running { resource, until } => Ok(Replay::Running { resource, until }),
            RecordState::Completed(stored) => {
                Ok(Replay::Answer(Answer::of_stored(stored)?.header(REPLAYED, "true")))
            }
        }
    }
}

/// What the store knows of this request (consistent); `None` when it is new.
///
/// # Errors
/// [`Error::Invalid`] when the key was used for another payload; when the store fails.
pub async fn replay(
    store: &Store,
    scope: Scope,
    idempotency: &Idempotency,
    now: Timestamp,
) -> Result<Option<Replay>> {
    let record = store.idempotency_fetch(scope, &idempotency.id, now).await?;
    record.map(|record| idempotency.judge(record)).transpose()
}

/// The refusal while another run holds the key.
#[must_use]
pub fn in_use(until: Timestamp, now: Timestamp) -> Error {
    let wait_ms = until.since_ms(now).max(1) + SECOND_MS - 1;
    Error::Conflict {
        code: "idempotency_key_in_use",
        detail: "a request with this Idempotency-Key is still running".to_owned(),
        retry_after_secs: Some(u32::try_from(wait_ms / SECOND_MS).unwrap_or(u32::MAX)),
    }
}

/// What to say after `error` refused a request with a key: the first answer, if there is one.
pub(crate) async fn settle(
    store: &Store,
    scope: Scope,
    idempotency: &Idempotency,
    now: Timestamp,
    error: Error,
) -> Result<Answer> {
    // Who may no longer do it is not told what it once answered.
    if matches!(error, Error::Unauthenticated(_) | Error::Forbidden(_)) {
        return Err(error);
    }
    match store.idempotency_fetch(scope, &idempotency.id, now).await {
        Ok(Some(record)) => after(error, idempotency.judge(record), now),
        Ok(None) => Err(error),
        Err(unread) => {
            tracing::warn!(error = %unread, "an idempotency record could not be read");
            Err(error)
        }
    }
}

fn after(error: Error, replay: Result<Replay>, now: Timestamp) -> Result<Answer> {
    match replay {
        Ok(Replay::Answer(answer)) => Ok(answer),
        _ if is_fault(&error) => Err(error),
        Ok(Replay::Running { until, .. }) if until > now => Err(in_use(until, now)),
        Ok(Replay::Running { .. }) => Err(error),
        Err(reused) => Err(reused),
    }
}

/// The key in the headers: a structured-field string or bare, 1 to 255 visible ASCII characters.
pub(crate) fn key(headers: &HeaderMap, caller: &Caller) -> Result<Option<String>> {
    let value = header::one(headers, KEY).map_err(|_| malformed("Must come once, in visible ASCII."))?;
    let Some(value) = value else { return Ok(None) };
    let key = unquote(value).ok_or_else(|| malformed("Must be one string, quoted or bare."))?;
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_visible || !(1..=KEY_CHARS_MAX).contains(&key.len()) {
        return Err(malformed("Must be 1 to 255 visible ASCII characters."));
    }
    if caller.user.is_none() && key.len() < ANONYMOUS_KEY_CHARS_MIN {
        return Err(malformed("Must have at least 22 characters without a token."));
    }
    Ok(Some(key))
}

/// A structured-field string (RFC 9651 section 3.3.3) without its quotes, or a bare key as it is. A repeated header
/// reaches us joined by a comma: the comma of a bare value, or what follows a closing quote, gives it away.
fn unquote(value: &str) -> Option<String> {
    let Some(quoted) = value.strip_prefix('"') else {
        return (!value.contains(['"', ','])).then(|| value.to_owned());
    };
    let mut key = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(key),
            '\\' => key.push(chars.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            other => key.push(other),
        }
    }
}

fn malformed(message: &str) -> Error {
    Error::Malformed {
        detail: "the header Idempotency-Key is not one key".to_owned(),
        errors: vec![FieldError::new("Idempotency-Key", "invalid_format", message)],
    }
}

#[cfg(test)]
mod tests;
