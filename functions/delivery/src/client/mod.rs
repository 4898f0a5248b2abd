//! The HTTP client of deliveries: one POST to a URL that somebody else chose, and what came of it.
//!
//! Receivers may be slow, broken or hostile, so each thing they could abuse has one place that bounds it:
//!
//! - where a connection may go: [`settings`] and `vet` (every address of a name is vetted, at every connection,
//!   and only what was vetted is dialled: there is no second lookup that could answer differently);
//! - how names become addresses: [`resolve`];
//! - how connections are made (`connect`), kept (`pool`) and used (`exchange`);
//! - how much of an answer is read, and for how long: `body`;
//! - what is told about it: [`answer`].
//!
//! A connection is kept under its origin (scheme, host and port) and used again for that origin only. Its other
//! end is the address that was vetted for the host when it was made, so reuse cannot be led elsewhere by DNS.
//!
//! Redirects are answers like any other and never followed. Proxies cannot interfere: nothing here reads the
//! environment, and the only thing ever dialled is a vetted address. No encoding is offered or undone.

pub mod answer;
mod body;
mod connect;
mod exchange;
mod pool;
pub mod resolve;
pub mod settings;
mod vet;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::target::TargetUrl;
use http::{HeaderMap, Response};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout};

pub use answer::{Answer, FailureKind, Outcome, RetryAfter};
pub use resolve::{Resolve, SystemResolver, Unresolved};
pub use settings::{Settings, TIMEOUT_DEFAULT, TIMEOUT_MAX};

use connect::{Connection, Connector};
use pool::Pool;

/// A cheap handle; clones share the connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    connector: Connector,
    pool: Pool,
    timeout: Duration,
}

impl Client {
    /// A client without any connection yet. A deadline beyond [`TIMEOUT_MAX`] is cut down to it.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let timeout = settings.timeout.min(TIMEOUT_MAX);
        Self(Arc::new(Inner { connector: Connector::new(settings, timeout), pool: Pool::default(), timeout }))
    }

    /// Sends one POST. A single deadline spans lookup, connection, TLS, request and the answer's head: whether
    /// a delivery succeeded is decided by its head, so an endless body can neither fail it nor hold it up by more
    /// than a second.
    pub async fn post(&self, target: &TargetUrl, headers: HeaderMap, body: Bytes) -> Answer {
        let started = Instant::now();
        let exchange = exchange::run(&self.0.connector, &self.0.pool, target, headers, body);
        let exchanged = timeout(self.0.timeout, exchange).await.unwrap_or(Err(FailureKind::Timeout));
        let duration_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let outcome = match exchanged {
            Ok((response, connection)) => self.finish(target, response, connection).await,
            Err(kind) => Outcome::Failed(kind),
        };
        Answer { outcome, duration_ms }
    }

    /// Reads what is read of the body and keeps the connection if that was all of it.
    async fn finish(
        &self,
        target: &TargetUrl,
        response: Response<Incoming>,
        connection: Connection,
    ) -> Outcome {
        let (head, body) = response.into_parts();
        let read = body::read(body).await;
        if read.is_complete {
            self.0.pool.put(target.origin(), connection).await;
        }
        Outcome::Responded {
            status: head.status.as_u16(),
            retry_after: RetryAfter::of(&head.headers),
            body: read.kept,
            body_truncated: read.is_truncated,
        }
    }
}
