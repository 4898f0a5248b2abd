//! A receiver of webhooks and callbacks: takes everything, keeps it, and checks signatures as its owner would, from
//! the documentation alone and without our code.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::Value as Json;
use sha2::Sha256;
use tokio::sync::watch;

use crate::Result;
use crate::serve::Server;

/// How long a delivery may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(10);

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its path.
    pub path: String,
    /// Its headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The raw body.
    pub body: Bytes,
}

/// A running receiver that answers 200.
#[derive(Debug)]
pub struct Receiver {
    server: Server,
    received: Arc<watch::Sender<Vec<Received>>>,
}

impl Receiver {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// When nothing can listen.
    pub async fn start() -> Result<Self> {
        let received = Arc::new(watch::Sender::new(Vec::new()));
        Ok(Self { server: Server::start(Arc::clone(&received), keep).await?, received })
    }

    /// The URL of `path` here.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    /// Waits until `count` requests have come to `path` and answers them.
    ///
    /// # Errors
    /// When they do not come.
    pub async fn received(&self, path: &str, count: usize) -> Result<Vec<Received>> {
        let mut received = self.received.subscribe();
        let there = |all: &Vec<Received>| all.iter().filter(|one| one.path == path).count() >= count;
        let all = tokio::time::timeout(ARRIVAL_MAX, received.wait_for(there)).await;
        let all = all.map_err(|_| format!("fewer than {count} requests came to {path}"))??;
        Ok(all.iter().filter(|one| one.path == path).cloned().collect())
    }
}

async fn keep(
    received: Arc<watch::Sender<Vec<Received>>>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Response::default() };
    let headers = parts.headers.iter();
    let one = Received {
        path: parts.uri.path().to_owned(),
        headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: body.to_bytes(),
    };
    received.send_modify(|all| all.push(one));
    Response::default()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Received {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header; empty when it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether both documented signatures are right: Standard Webhooks' `v1`, whose key is what follows `whsec_`,
    /// decoded, and `X-Webhook-Signature`, whose key is the whole secret as it is written.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        self.standard_signature(secret).is_some_and(|expected| {
            let mut signatures = self.header("webhook-signature").split(' ');
            signatures.any(|signature| signature == expected)
        }) && self.header("x-webhook-signature") == self.body_signature(secret)
    }

    fn standard_signature(&self, secret: &str) -> Option<String> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        let head = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp"));
        Some(format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &[head.as_bytes(), &self.body])?)))
    }

    fn body_signature(&self, secret: &str) -> String {
        let tag = hmac_sha256(secret.as_bytes(), &[&self.body]).unwrap_or_default();
        format!("sha256={}", hex::encode(tag))
    }
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac.finalize().into_bytes().to_vec())
}
