//! One bad request and the problem that must answer it.

use bytes::Bytes;
use contract::Openapi;
use e2e::{Reply, World};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::bad_input::operation::Operation;
use crate::bad_input::shop::Shop;

/// An image that is taken.
pub(crate) const PHOTO: &[u8] = include_bytes!("../../../../../functions/images/samples/phone.jpg");

/// The problem that must answer a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    None,
    Malformed,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
}

impl Problem {
    fn status_and_type(self) -> (u16, &'static str) {
        match self {
            Self::None => (200, ""),
            Self::Malformed => (400, "bad-request"),
            Self::Unauthorized => (401, "unauthorized"),
            Self::Forbidden => (403, "forbidden"),
            Self::NotFound => (404, "not-found"),
            Self::MethodNotAllowed => (405, "method-not-allowed"),
            Self::NotAcceptable => (406, "not-acceptable"),
            Self::TooLarge => (413, "payload-too-large"),
            Self::UnsupportedMediaType => (415, "unsupported-media-type"),
            Self::Invalid => (422, "validation-error"),
        }
    }
}

/// A request, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) problem: Problem,
    /// The members that `errors` must name.
    pub(crate) fields: Vec<String>,
}

impl Case {
    /// The operation as it should be asked.
    pub(crate) fn of(operation: &Operation, name: impl Into<String>, problem: Problem) -> Self {
        let token = ("authorization", format!("Bearer {}", operation.token));
        let mut case = Self {
            name: name.into(),
            method: operation.method.clone(),
            path: operation.path.clone(),
            headers: vec![token],
            body: Vec::new(),
            problem,
            fields: Vec::new(),
        };
        if operation.is_form() {
            case.headers.push(("content-type", "multipart/form-data; boundary=xyz".to_owned()));
            let head = b"--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
            case.body = [head.as_slice(), PHOTO, b"\r\n--xyz--\r\n"].concat();
        }
        if let Some(sample) = &operation.sample {
            case.headers.push(("content-type", "application/json".to_owned()));
            case.body = sample.to_string().into_bytes();
        }
        case
    }

    /// The same with another body.
    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The same with one header more, beside others of its name.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// Sends it as it is, repeated headers included.
    pub(crate) async fn send(&self, shop: &Shop) -> Reply {
        self.send_to(&shop.world).await
    }

    /// Sends it to `world`.
    pub(crate) async fn send_to(&self, world: &World) -> Reply {
        let mut request = Request::new(Full::new(Bytes::from(self.body.clone())));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = format!("{}{}", world.local.base_url(), self.path).parse().unwrap();
        for (name, value) in &self.headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (parts, body) = client.request(request).await.unwrap().into_parts();
        Reply { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    /// What is wrong with `reply`.
    pub(crate) fn judge(&self, reply: &Reply) -> Result<(), String> {
        let (status, kind) = self.problem.status_and_type();
        let told = format!("{} {} {}: {} {}", self.name, self.method, self.path, reply.status, reply.json());
        let checked = Openapi::shared()?.check(
            self.method.as_str(),
            &self.path,
            reply.status.as_u16(),
            &reply.headers,
            &reply.body,
        );
        if let Err(breach) = checked {
            return Err(format!("{told}: {breach}"));
        }
        let is_right = match self.problem {
            Problem::None => reply.status.is_success(),
            _ => reply.status == status && self.is_problem(reply, kind) && self.names_fields(reply),
        };
        if is_right { Ok(()) } else { Err(format!("{told}, not {status} {}", self.fields.join(", "))) }
    }

    fn is_problem(&self, reply: &Reply, kind: &str) -> bool {
        let body = reply.json();
        let is_told = |headers: &HeaderMap| {
            headers.get("content-type").is_some_and(|v| v == "application/problem+json")
        };
        body["type"] == format!("https://petstoreapi.com/errors/{kind}")
            && body["status"] == reply.status.as_u16()
            && body["instance"] == self.path.split('?').next().unwrap_or_default()
            && is_told(&reply.headers)
    }

    fn names_fields(&self, reply: &Reply) -> bool {
        let body = reply.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let named: Vec<_> = errors.iter().filter_map(|error| error["field"].as_str()).collect();
        // An array in its place is named by its elements.
        let is_named =
            |field: &String| named.iter().any(|name| name.split('[').next() == Some(field.as_str()));
        self.fields.iter().all(is_named)
    }
}
