//! The way to the server: one pool of connections. No error repeats any part of a conversation or the key.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use platform::metrics;
use url::{Host, Url};

use crate::provider::{Refusal, Silent};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// A connection idle for longer is not used again: a frozen function may have outlived it.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// The HTTP side of a server.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// `None` when conversations must not go there.
    url: Option<Url>,
    authorization: Option<HeaderValue>,
}

impl Http {
    pub(super) fn new(base_url: &str, api_key: Option<&str>) -> Self {
        let client = Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_MAX).build(connector());
        let url =
            Url::parse(&format!("{}/chat/completions", base_url.trim_end_matches('/'))).ok().filter(is_safe);
        let mut authorization = api_key.and_then(|key| HeaderValue::try_from(format!("Bearer {key}")).ok());
        authorization.iter_mut().for_each(|value| value.set_sensitive(true));
        Self { client, url, authorization }
    }

    /// Whether the server is OpenAI's own.
    pub(super) fn is_openai(&self) -> bool {
        self.url.as_ref().and_then(Url::host_str) == Some("api.openai.com")
    }

    /// Posts `body`; what comes back is a stream of events, still to be read.
    pub(super) async fn post(&self, body: &str) -> Result<Incoming, Refusal> {
        let url = self
            .url
            .as_ref()
            .ok_or_else(|| Silent::new("its base URL must be https, or http on this machine"))?;
        let mut request = Request::post(url.as_str()).header(CONTENT_TYPE, JSON).header(ACCEPT, EVENTS);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned())));
        let request = request.map_err(|_| Silent::new("the request cannot be written"))?;
        let answer = self.client.request(request).await.map_err(|error| Silent::new(error.to_string()))?;
        match answer.status().as_u16() {
            200..=299 => Ok(answer.into_body()),
            status @ (400 | 413 | 422) => Err(Refusal::Messages(format!("status {status}"))),
            status => {
                if matches!(status, 401 | 403) {
                    metrics::count("ProviderKeyRefused", 1);
                }
                Err(Silent::new(format!("status {status}")).into())
            }
        }
    }
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

/// Whether conversations may go there: encrypted, or to this machine.
fn is_safe(url: &Url) -> bool {
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
    use super::Http;

    #[test]
    fn conversations_leave_this_machine_encrypted_only() {
        let url = |base_url: &str| Http::new(base_url, None).url.map(String::from);
        assert_eq!(url("https://api.openai.com/v1/").unwrap(), "https://api.openai.com/v1/chat/completions");
        for safe in ["http://127.0.0.1:11434/v1", "http://localhost:8080", "http://[::1]/v1"] {
            assert!(url(safe).is_some(), "{safe}");
        }
        for other in
            ["http://api.openai.com/v1", "http://localhost.example.com", "ftp://127.0.0.1", "openai", ""]
        {
            assert_eq!(url(other), None, "{other}");
        }
    }
}
