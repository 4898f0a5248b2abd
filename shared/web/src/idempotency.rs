//! `Idempotency-Key` (IETF draft httpapi-idempotency-key-header): what a client repeats has one effect.
//!
//! The record of an effect is written in the effect's own transaction, by the handler. When that or anything else
//! refuses the request, [`crate::serve()`] reads the record: the first answer is given again, and another payload
//! under the same key is 422. Ids and fingerprints are keyed hashes; neither the key
//! nor the payload, which may hold card data, is stored.

use domain::order::RequestKey;
use domain::signature::hmac_sha256;
use domain::time::SECOND_MS;
use domain::{Caller, Error, FieldError, Result, Scope, Timestamp};
use http::HeaderMap;
use platform::telemetry::Chain;
use store::{IdempotencyRecord, Store};

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
        IdempotencyRecord {
            id: self.id.clone(),
            fingerprint: self.fingerprint.clone(),
            answer: answer.to_stored(),
        }
    }

    /// Refuses a key that was used with another `fingerprint`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with `idempotency_key_reused`.
    pub fn match_fingerprint(&self, fingerprint: &str) -> Result<()> {
        if fingerprint == self.fingerprint {
            return Ok(());
        }
        let message = "Was used for another request in the last 24 hours.";
        Err(Error::invalid("Idempotency-Key", "idempotency_key_reused", message))
    }

    /// The answer of `record`, marked as a repetition.
    fn repeat(&self, record: IdempotencyRecord) -> Result<Answer> {
        self.match_fingerprint(&record.fingerprint)?;
        Ok(Answer::of_stored(record.answer)?.header(REPLAYED, "true"))
    }
}

impl From<RequestKey> for Idempotency {
    fn from(key: RequestKey) -> Self {
        Self { id: key.id, fingerprint: key.fingerprint }
    }
}

impl From<&Idempotency> for RequestKey {
    fn from(key: &Idempotency) -> Self {
        Self { id: key.id.clone(), fingerprint: key.fingerprint.clone() }
    }
}

/// What was answered to this request before (consistent); `None` when nothing was.
///
/// # Errors
/// [`Error::Invalid`] when the key was used for another payload; when the store fails.
pub async fn replay(
    store: &Store,
    scope: Scope,
    idempotency: &Idempotency,
    now: Timestamp,
) -> Result<Option<Answer>> {
    let record = store.idempotency_fetch(scope, &idempotency.id, now).await?;
    record.map(|record| idempotency.repeat(record)).transpose()
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
    if error.is_about_the_caller() {
        return Err(error);
    }
    match store.idempotency_fetch(scope, &idempotency.id, now).await {
        Ok(Some(record)) => after(error, idempotency.repeat(record)),
        Ok(None) => Err(error),
        Err(unread) => {
            tracing::warn!(error = %Chain(&unread), "an idempotency record could not be read");
            Err(error)
        }
    }
}

fn after(error: Error, again: Result<Answer>) -> Result<Answer> {
    again.map_err(|reused| if is_fault(&error) { error } else { reused })
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
