//! A small HTTP client for a local stack's API: what the demo and the tests speak through.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as Http, Error};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// An API to call, as somebody.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    base_url: String,
    token: Option<String>,
    tenant: Option<String>,
}

/// An answer of the API.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The text of a header; empty when it did not come.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    /// Whether it calls with a token.
    #[must_use]
    pub const fn is_signed_in(&self) -> bool {
        self.token.is_some()
    }

    /// Calls the API at `base_url` anonymously, in the shared pool.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Self { http, base_url: base_url.to_owned(), token: None, tenant: None }
    }

    /// The same from another address of this machine, which takes the place of another client.
    #[must_use]
    pub fn from_address(&self, address: IpAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(address));
        Self { http: Http::builder(TokioExecutor::new()).build(connector), ..self.clone() }
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same in a tenant.
    #[must_use]
    pub fn with_tenant(&self, tenant: impl ToString) -> Self {
        Self { tenant: Some(tenant.to_string()), ..self.clone() }
    }

    /// Sends a request with a JSON body (null: none) and further headers.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Result<Reply, Error> {
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        self.send(method, path, bytes, headers).await
    }

    /// Sends a request with these bytes as its body.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        headers: &[(&str, &str)],
    ) -> Result<Reply, Error> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = method;
        if let Ok(uri) = format!("{}{path}", self.base_url).parse() {
            *request.uri_mut() = uri;
        }
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all: Vec<(&str, &str)> = Vec::new();
        if !body.is_empty() {
            all.push(("content-type", "application/json"));
        }
        all.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        all.extend(self.tenant.as_deref().map(|tenant| ("x-tenant-id", tenant)));
        all.extend(headers);
        for (name, value) in all {
            if let (Ok(name), Ok(value)) =
                (http::HeaderName::try_from(name), http::HeaderValue::try_from(value))
            {
                request.headers_mut().insert(name, value);
            }
        }
        let response = self.http.request(request).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    /// `GET path`.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get(&self, path: &str) -> Result<Reply, Error> {
        self.call(Method::GET, path, &Value::Null, &[]).await
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply, Error> {
        self.call(Method::POST, path, body, &[]).await
    }

    /// `DELETE path`.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn delete(&self, path: &str) -> Result<Reply, Error> {
        self.call(Method::DELETE, path, &Value::Null, &[]).await
    }
}
