//! Talks to Stripe over HTTP: one pool of connections, form-encoded requests, answers of a bounded size.
//!
//! Requests may carry card numbers, so no error of this file repeats any part of one.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use platform::metrics;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::{Host, Url};
use uuid::Uuid;

use super::form::Form;
use super::refusal::Refusal;
use crate::provider::{Silent, TIMEOUT};

/// The API's version; answers keep this shape whatever the account's own default is.
const VERSION: HeaderValue = HeaderValue::from_static("2025-09-30.clover");
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
/// The most bytes of an answer that are read.
const ANSWER_MAX: usize = 256 * 1024;
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// A connection idle for longer is not used again: a frozen function may have outlived it.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// The HTTP side of a Stripe account.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Without a slash at the end; `None` when card numbers must not go there.
    base_url: Option<String>,
    /// `None` when the key cannot stand in a header.
    authorization: Option<HeaderValue>,
}

/// Why a call has no answer to read.
#[derive(Debug)]
pub(super) enum Failure {
    /// Stripe answered with an error.
    Refused(Refusal),
    /// No usable answer.
    Silent(Silent),
}

impl Http {
    pub(super) fn new(base_url: &str, api_key: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_MAX).build(connector());
        let base_url = is_safe(base_url).then(|| base_url.trim_end_matches('/').to_owned());
        let mut authorization = HeaderValue::try_from(format!("Bearer {api_key}")).ok();
        authorization.iter_mut().for_each(|value| value.set_sensitive(true));
        Self { client, base_url, authorization }
    }

    /// Reads `path` with the parameters of `query`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: Form) -> Result<T, Failure> {
        let request = self.request(Method::GET, &format!("{path}?{}", query.encode()))?;
        self.send(request).await
    }

    /// Posts `form`; repeated under the same `key`, Stripe answers what it answered first, for at least 24 hours.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Option<Uuid>,
        form: Form,
    ) -> Result<T, Failure> {
        let mut request = self.request(Method::POST, path)?;
        request.headers_mut().insert(CONTENT_TYPE, FORM);
        if let Some(key) = key.and_then(|key| HeaderValue::try_from(key.to_string()).ok()) {
            request.headers_mut().insert(IDEMPOTENCY_KEY, key);
        }
        *request.body_mut() = Full::new(Bytes::from(form.encode()));
        self.send(request).await
    }

    fn request(&self, method: Method, target: &str) -> Result<Request<Full<Bytes>>, Silent> {
        let base_url = self.base_url.as_deref();
        let base_url =
            base_url.ok_or_else(|| silent("its base URL must be https, or http on this machine"))?;
        let authorization = self.authorization.clone();
        let authorization = authorization.ok_or_else(|| silent("its API key cannot stand in a header"))?;
        Request::builder()
            .method(method)
            .uri(format!("{base_url}{target}"))
            .header(AUTHORIZATION, authorization)
            .header(STRIPE_VERSION, VERSION)
            .body(Full::default())
            .map_err(|_| silent("the request cannot be written"))
    }

    async fn send<T: DeserializeOwned>(&self, request: Request<Full<Bytes>>) -> Result<T, Failure> {
        let exchange = timeout(TIMEOUT, self.exchange(request)).await;
        let (status, body) = exchange.map_err(|_| silent("no answer in time"))??;
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            metrics::count("ProviderKeyRefused", 1);
        }
        if !status.is_success() {
            return Err(Failure::Refused(Refusal::read(status, &body)));
        }
        // serde's message may quote a value of the answer.
        serde_json::from_slice(&body).map_err(|_| silent("an answer of another shape").into())
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Silent> {
        let answer =
            self.client.request(request).await.map_err(|error| Silent::because(error.to_string()))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
        let body = body.map_err(|_| silent("an answer cut off or too long"))?;
        Ok((status, body.to_bytes()))
    }
}

impl From<Silent> for Failure {
    fn from(silent: Silent) -> Self {
        Self::Silent(silent)
    }
}

impl From<Failure> for Silent {
    /// For calls that change nothing: a refusal says no more than silence.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Silent(silent) => silent,
        }
    }
}

fn silent(why: &str) -> Silent {
    Silent::because(why)
}

fn connector() -> HttpsConnector<HttpConnector> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_MAX));
    http.set_nodelay(true);
    let ring = rustls::crypto::ring::default_provider();
    // ring has all default versions of TLS; the other arm cannot be reached.
    let tls = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(ring);
    let tls = tls.unwrap_or_else(|_| HttpsConnectorBuilder::new().with_webpki_roots());
    tls.https_or_http().enable_http1().wrap_connector(http)
}

/// Whether card numbers may go there: encrypted, or to this machine.
fn is_safe(base_url: &str) -> bool {
    let Ok(url) = Url::parse(base_url) else { return false };
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn card_numbers_leave_this_machine_encrypted_only() {
        for safe in
            ["https://api.stripe.com", "http://127.0.0.1:8420", "http://localhost:8420/", "http://[::1]"]
        {
            assert!(is_safe(safe), "{safe}");
        }
        for unsafe_url in
            ["http://api.stripe.com", "http://localhost.example.com", "ftp://127.0.0.1", "stripe", ""]
        {
            assert!(!is_safe(unsafe_url), "{unsafe_url}");
        }
    }
}
