//! What a handler reads: the caller and the request, each part parsed when it is asked for.

use bytes::Bytes;
use domain::id::{NotAnId, OrderId};
use domain::{Caller, Error, FieldError, Result, Scope, Timestamp};
use http::{HeaderMap, request::Parts};
use lambda_http::Body;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use platform::telemetry::Chain;
use serde::de::DeserializeOwned;

use crate::edge::Edge;
use crate::form::{self, Form};
use crate::idempotency::Idempotency;
use crate::limit::{Proven, Standing};
use crate::query::Query;
use crate::route::{Matched, Media, Route};
use crate::{accept, error, etag, header, idempotency, json, limit, media, problem};

/// A request to one operation, by a known caller.
#[derive(Clone)]
pub struct Request {
    /// The operation's path: `/v1/orders/{id}`.
    pub route: &'static str,
    /// The operation's method; `GET` for HEAD.
    pub method: &'static str,
    /// Who asks, and in which pool.
    pub caller: Caller,
    /// When the request came in.
    pub now: Timestamp,
    /// The address it came from, as the gateway saw it; empty when unknown.
    pub address: String,
    edge: Edge,
    operation: Route,
    path: String,
    params: Vec<(&'static str, String)>,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(crate) fn read(
        edge: &Edge,
        matched: Matched,
        caller: Caller,
        parts: Parts,
        body: Body,
        now: Timestamp,
    ) -> std::result::Result<Self, error::Error> {
        let Matched { route, params } = matched;
        // Whoever follows a photo's address says what kinds of images it would like, and takes what there is; browsers
        // do the same with pages.
        let takes = matches!(route.media, Media::Image | Media::Page)
            || accept::takes_json(&parts.headers)
            || (route.streams && accept::takes_events(&parts.headers));
        if !takes {
            return Err(error::Error::NotAcceptable);
        }
        let body = bytes(body);
        media::check(route.media, route.method, &parts.headers, &body)?;
        Ok(Self {
            route: route.path,
            method: route.method,
            caller,
            now,
            address: address(&parts).unwrap_or_default().to_owned(),
            edge: edge.clone(),
            operation: route,
            path: parts.uri.path().to_owned(),
            params,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
        })
    }

    /// A parameter of the path as it was sent; empty when the path has none of that name.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(param, _)| *param == name).map_or("", |(_, value)| value)
    }

    /// A parameter of the path as an id: `request.id("id", OrderId::parse)?`.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is none.
    pub fn id<T>(&self, name: &str, parse: fn(&str) -> std::result::Result<T, NotAnId>) -> Result<T> {
        parse(self.param(name)).map_err(|_| Error::Malformed {
            detail: format!("{name} in the path is not a hyphenated UUID"),
            errors: vec![FieldError::new(name, "invalid_format", "Must be a hyphenated UUID.")],
        })
    }

    /// The query's parameters.
    #[must_use]
    pub fn query(&self) -> Query {
        Query::parse(&self.query)
    }

    /// What `parse` makes of the body, read as a `B`: `request.json(Body::parse)?`.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no strict JSON object, [`Error::Invalid`] with everything that is wrong with one:
    /// what keeps it from being a `B`, and what `parse` says of the rest. None repeats a value.
    pub fn json<B: DeserializeOwned, T>(&self, parse: impl FnOnce(B) -> Result<T>) -> Result<T> {
        json::read(&self.body, parse)
    }

    /// The body as a form: one part called `file`, and any of `texts`, each once at most.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is no form, [`Error::Invalid`] for one with other parts.
    pub async fn form(&self, file: &'static str, texts: &[&'static str]) -> Result<Form> {
        form::read(&self.headers, self.body.clone(), file, texts).await
    }

    /// The body's fields, of a form of a web page.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no text.
    pub fn fields(&self) -> Result<Query> {
        let text = std::str::from_utf8(&self.body).map_err(|_| Error::malformed("the body is not UTF-8"))?;
        Ok(Query::parse(text))
    }

    /// The value of a cookie; `None` when it was not sent, or more than once, so that nobody can say which is ours.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let lines = header::values(&self.headers, "cookie").flat_map(|line| line.split(';'));
        let mut values = lines.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The same request in another pool, for what names its pool in another way than by header or token.
    #[must_use]
    pub fn in_pool(&self, scope: Scope) -> Self {
        Self { caller: Caller { scope, user: None }, ..self.clone() }
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header's only value, which holds no comma; `None` when it was not sent.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it came twice or is no text.
    pub fn header(&self, name: &'static str) -> Result<Option<&str>> {
        crate::header::single(&self.headers, name)
            .map_err(|_| Error::malformed(format!("the header {name} must come once")))
    }

    /// Whether the client says that it has what `"<tag>"` names already (`If-None-Match`).
    #[must_use]
    pub fn has_already(&self, tag: &str) -> bool {
        let values: Vec<_> = self.headers.get_all("if-none-match").iter().cloned().collect();
        etag::if_none_match_has(&values, &format!("\"{tag}\""))
    }

    /// Holds `If-Match`, if it was sent, against the resource's version.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when it names only other versions, [`Error::Malformed`] when it names none.
    pub fn if_match(&self, version: u64) -> Result<()> {
        etag::if_match(&self.headers, &etag::of_version(version))
    }

    /// The `Idempotency-Key` and what it is used for; `None` when none was sent or the operation ignores it.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the header is no key, or too short a one for an anonymous caller.
    pub fn idempotency(&self) -> Result<Option<Idempotency>> {
        if !self.operation.idempotent {
            return Ok(None);
        }
        let Some(key) = idempotency::key(&self.headers, &self.caller)? else { return Ok(None) };
        let asked = idempotency::Asked { method: self.method, path: &self.path, body: &self.body };
        Ok(Some(Idempotency::of(self.edge.idempotency_key(), &self.caller, &key, &asked)))
    }

    /// The address of a caller without a token, as a keyed hash: one for everybody behind it.
    #[must_use]
    pub fn guest_address(&self) -> Option<String> {
        self.caller.user.is_none().then(|| self.edge.limiter().address(&self.address))
    }

    /// Counts a call of OAuth's protocol ([`Limited::Protocol`](crate::Limited::Protocol)) for whom it proves to be from.
    /// Where they stand, if there are limits.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub async fn count_call(&self, proven: Proven) -> Result<Option<Standing>> {
        limit::call(&self.edge, self, proven).await
    }

    /// Counts that a name is asked for which may be another's: in a registration, or a change of a profile.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub async fn count_name(&self) -> Result<()> {
        limit::ask_name(&self.edge, self).await
    }

    pub(crate) const fn edge(&self) -> &Edge {
        &self.edge
    }

    /// The problem document of an error that meets the request when its answer has already begun; the error is logged.
    #[must_use]
    pub fn late_problem(&self, error: domain::Error) -> String {
        if error::is_fault(&error) {
            tracing::error!(route = self.route, error = %Chain(&error), "an answer broke off");
        }
        problem::text(&error.into(), &self.path)
    }

    /// What a log may say in place of an order's id.
    #[must_use]
    pub fn log_id(&self, order: OrderId) -> String {
        self.edge.log_id(order)
    }
}

fn bytes(body: Body) -> Bytes {
    match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    }
}

/// The address the gateway saw.
pub(crate) fn address(parts: &Parts) -> Option<&str> {
    match parts.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
        _ => None,
    }
}
