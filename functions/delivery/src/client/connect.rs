//! Making connections: vetted address, TCP, TLS, HTTP/1.1.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::target::TargetUrl;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::answer::FailureKind;
use super::settings::Settings;
use super::vet;

/// The most bytes of an answer held at once: its head must fit, and its body comes in pieces of at most this.
pub(super) const BUFFER_MAX: usize = 32 * 1024;

/// Among how many addresses of one host the deadline is divided.
const SHARES_MAX: u32 = 3;

/// Makes connections under one set of settings.
pub(super) struct Connector {
    settings: Settings,
    tls: TlsConnector,
    timeout: Duration,
}

impl Connector {
    /// A connector whose attempts share `timeout`.
    pub(super) fn new(settings: Settings, timeout: Duration) -> Self {
        let tls = TlsConnector::from(Arc::new(tls_config(&settings)));
        Self { settings, tls, timeout }
    }

    /// A fresh connection to `target`, ready for its first request.
    pub(super) async fn connect(&self, target: &TargetUrl) -> Result<Connection, FailureKind> {
        let addresses = vet::addresses(&self.settings, target).await?;
        let stream = dial(&addresses, self.timeout).await?;
        if !target.is_secure() {
            return Connection::start(TokioIo::new(stream)).await;
        }
        let stream = self.tls.connect(server_name(target)?, stream).await.map_err(|_| FailureKind::Tls)?;
        Connection::start(TokioIo::new(stream)).await
    }
}

/// A connection in use or kept for the next use. Its socket is closed the moment this is dropped, whatever the
/// other end is still sending.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) opened: Instant,
    task: JoinHandle<()>,
}

impl Connection {
    async fn start(stream: impl Read + Write + Unpin + Send + 'static) -> Result<Self, FailureKind> {
        let mut http = http1::Builder::new();
        let handshake = http.max_buf_size(BUFFER_MAX).handshake(stream);
        let (sender, connection) = handshake.await.map_err(|_| FailureKind::Protocol)?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection ended");
            }
        });
        Ok(Self { sender, opened: Instant::now(), task })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Tries the addresses in order, each with its share of the deadline, so that one that swallows packets leaves
/// time for the next.
async fn dial(addresses: &[SocketAddr], deadline: Duration) -> Result<TcpStream, FailureKind> {
    let shares = u32::try_from(addresses.len()).unwrap_or(SHARES_MAX).clamp(1, SHARES_MAX);
    for address in addresses {
        if let Ok(Ok(stream)) = timeout(deadline / shares, TcpStream::connect(address)).await {
            stream.set_nodelay(true).map_err(|_| FailureKind::Connect)?;
            return Ok(stream);
        }
    }
    Err(FailureKind::Connect)
}

/// The name the certificate must be for.
fn server_name(target: &TargetUrl) -> Result<ServerName<'static>, FailureKind> {
    match target.address() {
        Some(address) => Ok(ServerName::from(address)),
        None => ServerName::try_from(target.host().to_owned()).map_err(|_| FailureKind::Tls),
    }
}

/// TLS 1.2 and 1.3 on ring, named here so that no other crate's choice of a process-wide provider matters.
fn tls_config(settings: &Settings) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    #[expect(clippy::expect_used, reason = "start-up; ring has suites for both versions")]
    let builder = builder.with_safe_default_protocol_versions().expect("ring supports TLS 1.2 and 1.3");
    builder.with_root_certificates(settings.roots.clone()).with_no_client_auth()
}
