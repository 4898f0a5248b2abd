//! Stripe's errors, and what each kind says about the money (<https://docs.stripe.com/api/errors>).

use hyper::StatusCode;
use serde::{Deserialize, Deserializer};

use super::answer::Intent;
use crate::provider::Silent;

/// The body of an error.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Detail,
}

/// What Stripe says of an error, here or as an intent's last one. `message` is not read: it may repeat a value.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Detail {
    #[serde(default, rename = "type", deserialize_with = "word")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "word")]
    code: Option<String>,
    #[serde(default, deserialize_with = "word")]
    decline_code: Option<String>,
    #[serde(default)]
    param: Option<String>,
    #[serde(default)]
    payment_intent: Option<Intent>,
}

/// An error answer.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: Box<Detail>,
}

/// What an error says about the operation that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not now: wrong key, too many requests, or the same operation is running. Nothing is known of it.
    Later,
    /// The card or account was refused: the operation is over.
    Card,
    /// The request was refused before anything was done.
    Request,
    /// Anything may have happened: 5xx, or the idempotency key stands for other parameters.
    Unknown,
}

impl Refusal {
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Self {
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        Self { status, detail: Box::new(body.error) }
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.status.as_u16(), self.detail.kind.as_deref()) {
            (401 | 403 | 409 | 429, _) => Kind::Later,
            (400..=499, Some("card_error")) => Kind::Card,
            (400..=499, Some("invalid_request_error")) => Kind::Request,
            _ => Kind::Unknown,
        }
    }

    pub(super) fn code(&self) -> Option<&str> {
        self.detail.code.as_deref()
    }

    /// Why, in one word.
    pub(super) fn reason(&self) -> String {
        self.detail.reason()
    }

    /// The parameter concerned, `us_bank_account[routing_number]`.
    pub(super) fn param(&self) -> &str {
        self.detail.param.as_deref().unwrap_or_default()
    }

    /// The intent that the call left behind.
    pub(super) fn intent(&self) -> Option<&Intent> {
        self.detail.payment_intent.as_ref()
    }
}

impl Detail {
    /// The issuer's reason, or Stripe's.
    pub(super) fn reason(&self) -> String {
        let reason = self.decline_code.as_ref().or(self.code.as_ref());
        reason.map_or_else(|| "declined".to_owned(), Clone::clone)
    }
}

impl From<Refusal> for Silent {
    fn from(refusal: Refusal) -> Self {
        let Detail { kind, code, .. } = *refusal.detail;
        let words = [kind, code].into_iter().flatten().map(|word| format!(" {word}")).collect::<String>();
        Self::because(format!("HTTP {}{words}", refusal.status.as_u16()))
    }
}

/// Reads a word such as `card_declined`; anything else that stands there is dropped, so that it is never repeated.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| is_word(text)))
}

fn is_word(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::{Kind, Refusal};
    use crate::provider::Silent;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal::read(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn only_a_card_error_is_a_card_error() {
        for (status, kind, expected) in [
            (402, "card_error", Kind::Card),
            (400, "invalid_request_error", Kind::Request),
            (400, "idempotency_error", Kind::Unknown),
            (401, "invalid_request_error", Kind::Later),
            (409, "idempotency_error", Kind::Later),
            (429, "invalid_request_error", Kind::Later),
            (500, "api_error", Kind::Unknown),
            (502, "card_error", Kind::Unknown),
        ] {
            let refusal = refusal(status, &format!(r#"{{"error":{{"type":"{kind}"}}}}"#));
            assert_eq!(refusal.kind(), expected, "{status} {kind}");
        }
        assert_eq!(refusal(504, "<html>").kind(), Kind::Unknown);
    }

    #[test]
    fn repeats_words_and_nothing_else() {
        let body = r#"{"error":{"type":"card_error","code":"4242424242424242","decline_code":"no 4242"}}"#;
        let refusal = refusal(402, body);
        assert_eq!(refusal.reason(), "declined");
        assert!(Silent::from(refusal).to_string().ends_with(": HTTP 402 card_error"));
    }
}
