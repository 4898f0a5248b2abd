//! A small HTTP/1.1 server on a free port of loopback, for the Runtime API and the receiver.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A running server. Dropping it closes its connections.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start<S, F>(state: S, handle: fn(S, Request<Incoming>) -> F) -> std::io::Result<Self>
    where
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { address, task: tokio::spawn(accept(listener, state, handle)) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<S, F>(listener: TcpListener, state: S, handle: fn(S, Request<Incoming>) -> F)
where
    S: Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    // They end with the server.
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let state = state.clone();
        connections.spawn(async move {
            let service =
                service_fn(|request| async { Ok::<_, Infallible>(handle(state.clone(), request).await) });
            // A client that goes away, as a killed process does, is no error.
            drop(http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
        });
        while connections.try_join_next().is_some() {}
    }
}
