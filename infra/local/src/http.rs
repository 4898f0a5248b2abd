//! The API's socket: connections on loopback, the guard, the gateway's size limits.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{EXPECT, HOST, HeaderValue};
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::emulator::listen;
use crate::error::StartError;
use crate::gateway::{Answer, BODY_BYTES_MAX, Gateway, HEADER_BYTES_MAX, message};
use crate::guard;

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long open connections get to end once the stack is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// The API's socket, listening but not yet answering.
#[derive(Debug)]
pub struct ApiSocket {
    listener: TcpListener,
    address: SocketAddr,
}

impl ApiSocket {
    /// Takes `port` of loopback (0: any free one), so that a taken port is known before anything else is started.
    ///
    /// # Errors
    /// [`StartError::Port`].
    pub fn bind(port: u16) -> Result<Self, StartError> {
        let bound = listen(port);
        let (listener, address) = bound.map_err(|error| StartError::Port { port, reason: reason(&error) })?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop`, then lets those finish that have begun.
    pub async fn serve(self, gateway: Arc<Gateway>, stop: CancellationToken) {
        let connections = TaskTracker::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((socket, from)) => {
                        connections.spawn(connection(socket, from, gateway.clone(), stop.clone()));
                    }
                    Err(error) => {
                        // Out of file descriptors, mostly: accepting again at once would only spin.
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        drop(self.listener);
        gateway.finish().await;
        connections.close();
        if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
            tracing::warn!(open = connections.len(), "connections were cut");
        }
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "it is taken".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it is not allowed".to_owned(),
        _ => error.to_string(),
    }
}

async fn connection(socket: TcpStream, from: SocketAddr, gateway: Arc<Gateway>, stop: CancellationToken) {
    let service = service_fn(|request| {
        let gateway = gateway.clone();
        async move { Ok::<_, Infallible>(handle(request, from.ip(), &gateway).await) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new());
    let serving = builder.serve_connection(TokioIo::new(socket), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended");
    }
}

async fn handle(request: Request<Incoming>, from: IpAddr, gateway: &Gateway) -> Answer {
    let (mut parts, body) = request.into_parts();
    if let Some(refusal) = guard::refuse(&parts.uri, &parts.headers) {
        return refusal;
    }
    if head_bytes(&parts) > HEADER_BYTES_MAX {
        return message(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let body = match read(body).await {
        Ok(body) => body,
        Err(status) => return message(status),
    };
    normalise(&mut parts);
    gateway.answer(parts, body, from).await
}

/// The request line and the values of the headers, which is what the gateway counts.
fn head_bytes(parts: &Parts) -> usize {
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let line = parts.method.as_str().len() + target + " HTTP/1.1".len() + 1;
    line + parts.headers.values().map(HeaderValue::len).sum::<usize>()
}

async fn read(body: Incoming) -> Result<Bytes, StatusCode> {
    let read = Limited::new(body, BODY_BYTES_MAX).collect().await;
    read.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }
    })
}

/// HTTP/2 has no `Host`, but events always do; what was for the connection alone does not reach a function.
fn normalise(parts: &mut Parts) {
    let authority = parts.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(authority) = authority {
        parts.headers.entry(HOST).or_insert(authority);
    }
    for name in ["connection", "keep-alive", "transfer-encoding", "upgrade", EXPECT.as_str()] {
        parts.headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
