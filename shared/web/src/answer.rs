//! What a handler says: a status, a body, of JSON mostly, and a few headers.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use lambda_http::Body;
use serde::Serialize;
use store::StoredAnswer;

use crate::etag;
use crate::limit::{self, Standing};
use crate::payload::Pieces;

/// The media type of every other answer that is no problem document.
const JSON: &str = "application/json";
/// The media type of server-sent events. They are always UTF-8, but clients that go by RFC 2616, which made ISO-8859-1 the
/// default of `text`, need to be told.
const EVENTS: &str = "text/event-stream; charset=utf-8";

/// An answer. What goes wrong while it is made is kept until it is sent, as a fault.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    version: Option<u64>,
    body: Result<Content, domain::Error>,
}

/// What an answer carries.
#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing.
    None,
    /// All of it.
    Whole(Body),
    /// A text that is still being made.
    Pieces(Pieces),
}

impl Answer {
    /// 200 with `view` as its body.
    #[must_use]
    pub fn ok(view: impl Serialize) -> Self {
        Self::of(StatusCode::OK, JSON, serde_json::to_string(&view).map(Some))
    }

    /// 201 with `view` as its body, found again at the absolute path `location`.
    #[must_use]
    pub fn created(location: impl Into<String>, view: impl Serialize) -> Self {
        Self::of(StatusCode::CREATED, JSON, serde_json::to_string(&view).map(Some))
            .header("location", location)
    }

    /// 201 with `view` as its body, which is not found again anywhere.
    #[must_use]
    pub fn made(view: impl Serialize) -> Self {
        Self::of(StatusCode::CREATED, JSON, serde_json::to_string(&view).map(Some))
    }

    /// 201 with server-sent events, each a text with its empty line.
    #[must_use]
    pub fn events(pieces: Pieces) -> Self {
        Self { body: Ok(Content::Pieces(pieces)), ..Self::of(StatusCode::CREATED, EVENTS, Ok(None)) }
    }

    /// 202 with `view` as its body: what will be found at the absolute path `location` is on its way.
    #[must_use]
    pub fn accepted(location: impl Into<String>, view: impl Serialize) -> Self {
        Self::of(StatusCode::ACCEPTED, JSON, serde_json::to_string(&view).map(Some))
            .header("location", location)
    }

    /// 200 with these bytes, which are of the type `media`.
    #[must_use]
    pub fn bytes(media: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        let answer = Self::of(StatusCode::OK, media, Ok(None));
        Self { body: Ok(Content::Whole(Body::Binary(bytes.into()))), ..answer }
    }

    /// 304: the client has it already.
    #[must_use]
    pub fn not_modified() -> Self {
        Self::of(StatusCode::NOT_MODIFIED, "", Ok(None))
    }

    /// 307: it is at `url`, for now.
    #[must_use]
    pub fn elsewhere(url: impl Into<String>) -> Self {
        Self::of(StatusCode::TEMPORARY_REDIRECT, "", Ok(None)).header("location", url)
    }

    /// 303: the browser is to go to `url`, and to take nothing of what it sent along (RFC 9700 section 4.12).
    #[must_use]
    pub fn see_other(url: impl Into<String>) -> Self {
        Self::of(StatusCode::SEE_OTHER, "", Ok(None)).header("location", url)
    }

    /// A web page.
    #[must_use]
    pub fn page(status: StatusCode, html: String) -> Self {
        Self::of(status, "text/html; charset=utf-8", Ok(Some(html)))
    }

    /// The same answer with `view` as its body.
    #[must_use]
    pub fn with_view(self, view: impl Serialize) -> Self {
        let Self { body, .. } = Self::ok(view);
        Self { body, ..self }
    }

    /// The same answer with another status.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same answer, saying where its caller stands with a limit.
    #[must_use]
    pub fn telling(mut self, standing: Option<Standing>) -> Self {
        limit::describe(standing, self.status, &mut self.headers);
        self
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::of(StatusCode::NO_CONTENT, "", Ok(None))
    }

    /// 200 with a body that is JSON text already.
    #[must_use]
    pub fn json_text(text: impl Into<String>) -> Self {
        Self::of(StatusCode::OK, JSON, Ok(Some(text.into())))
    }

    /// A problem document; only `problem` makes one.
    pub(crate) fn problem(status: StatusCode, document: &impl Serialize) -> Self {
        Self::of(status, "application/problem+json", serde_json::to_string(document).map(Some))
    }

    fn of(status: StatusCode, media: &'static str, body: serde_json::Result<Option<String>>) -> Self {
        let mut headers = HeaderMap::new();
        if !media.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        }
        let body = body
            .map(|text| text.map_or(Content::None, |text| Content::Whole(Body::Text(text))))
            .map_err(|error| domain::Error::internal("write an answer as JSON", error));
        Self { status, headers, version: None, body }
    }

    /// The same answer about a resource in this version: its `ETag` is `"<version>"`.
    #[must_use]
    pub fn version(self, version: u64) -> Self {
        Self { version: Some(version), ..self.header("etag", etag::of_version(version)) }
    }

    /// The same answer with the strong `ETag` `"<tag>"`, for what has no version.
    #[must_use]
    pub fn etag(self, tag: &str) -> Self {
        self.header("etag", format!("\"{tag}\""))
    }

    /// The same answer with this header, in place of an earlier one of that name.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        match HeaderValue::try_from(value.into()) {
            Ok(value) => {
                self.headers.insert(HeaderName::from_static(name), value);
            }
            Err(error) => self.body = Err(domain::Error::internal("write a header", error)),
        }
        self
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its body, if that is text.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match &self.body {
            Ok(Content::Whole(Body::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// The value of one of its headers.
    #[must_use]
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What an idempotency record keeps of it.
    pub(crate) fn to_stored(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.status.as_u16(),
            location: self.header_value("location").map(str::to_owned),
            version: self.version,
            body: self.body().map(str::to_owned),
        }
    }

    /// The answer an idempotency record kept.
    ///
    /// # Errors
    /// When the record holds no status.
    pub(crate) fn of_stored(stored: StoredAnswer) -> domain::Result<Self> {
        let status = StatusCode::from_u16(stored.status)
            .map_err(|error| domain::Error::internal("read a stored answer", error))?;
        let media = if stored.body.is_some() { JSON } else { "" };
        let mut answer = Self::of(status, media, Ok(stored.body));
        if let Some(version) = stored.version {
            answer = answer.version(version);
        }
        Ok(match stored.location {
            Some(location) => answer.header("location", location),
            None => answer,
        })
    }

    /// Status, headers and body.
    ///
    /// # Errors
    /// What went wrong while it was made.
    pub(crate) fn into_parts(self) -> domain::Result<(StatusCode, HeaderMap, Content)> {
        Ok((self.status, self.headers, self.body?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Answer, Content};

    #[test]
    fn a_stored_answer_is_the_answer_again() {
        let answer = Answer::created("/v1/orders/7", json!({"id": "7"})).version(1);
        let again = Answer::of_stored(answer.to_stored()).unwrap();
        assert_eq!(again.body(), Some(r#"{"id":"7"}"#));
        let (status, headers, _) = again.into_parts().unwrap();
        assert_eq!(status, 201);
        let value = |name| headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(
            [value("location"), value("etag"), value("content-type")],
            ["/v1/orders/7", "\"1\"", "application/json"]
        );
    }

    #[test]
    fn nothing_has_no_media_type() {
        let (status, headers, body) = Answer::no_content().into_parts().unwrap();
        assert_eq!((status.as_u16(), headers.len(), matches!(body, Content::None)), (204, 0, true));
        assert_eq!(Answer::of_stored(Answer::no_content().to_stored()).unwrap().status(), 204);
    }

    #[test]
    fn what_goes_wrong_is_a_fault() {
        assert!(Answer::ok(1).header("x-a", "line\nbreak").into_parts().is_err());
        let keys_are_no_strings = std::collections::BTreeMap::from([(vec![1], 1)]);
        assert!(Answer::ok(keys_are_no_strings).into_parts().is_err());
    }
}
