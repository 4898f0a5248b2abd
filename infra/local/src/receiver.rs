//! A real HTTP receiver on loopback: takes deliveries, keeps them, answers as told. The demo and the tests use it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A request that the receiver took.
#[derive(Clone, Debug)]
pub struct Received {
    /// Path and query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, byte by byte.
    pub body: Bytes,
    /// When it had arrived.
    pub at: std::time::Instant,
}

impl Received {
    /// The text of a header; empty when it did not come.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// What to answer, given the request and how many came before it.
type Behaviour = Arc<dyn Fn(&Received, usize) -> StatusCode + Send + Sync>;

/// A receiver. Dropping it closes its socket.
pub struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
    changed: watch::Receiver<usize>,
    _stop: DropGuard,
}

struct Inner {
    received: Mutex<Vec<Received>>,
    behaviour: Mutex<Behaviour>,
    counter: watch::Sender<usize>,
}

impl Receiver {
    /// Listens on a free port of loopback and answers 200 until told otherwise.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (counter, changed) = watch::channel(0);
        let behaviour: Behaviour = Arc::new(|_, _| StatusCode::OK);
        let inner = Arc::new(Inner { received: Mutex::default(), behaviour: Mutex::new(behaviour), counter });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, inner.clone(), stop.clone()));
        Ok(Self { address, inner, changed, _stop: stop.drop_guard() })
    }

    /// The URL of `path` here.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Changes what is answered from now on.
    pub fn answer(&self, behaviour: impl Fn(&Received, usize) -> StatusCode + Send + Sync + 'static) {
        *self.inner.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(behaviour);
    }

    /// Everything received so far, in order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `is_enough` holds of everything received, and answers that.
    pub async fn until(&self, is_enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let mut changed = self.changed.clone();
        loop {
            let received = self.received();
            if is_enough(&received) || changed.changed().await.is_err() {
                return received;
            }
        }
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>, stop: CancellationToken) {
    loop {
        let socket = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((socket, _)) = socket else { continue };
        let (inner, stop) = (inner.clone(), stop.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| take(inner.clone(), request));
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let connection = builder.serve_connection(TokioIo::new(socket), service);
            tokio::select! {
                () = stop.cancelled() => {}
                served = connection => if let Err(error) = served {
                    tracing::debug!(error, "a receiver's connection ended");
                }
            }
        });
    }
}

async fn take(inner: Arc<Inner>, request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let received = Received {
        path,
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
        at: std::time::Instant::now(),
    };
    let before = {
        let mut all = inner.received.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(received.clone());
        all.len() - 1
    };
    let behaviour = inner.behaviour.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut response = Response::new(Full::default());
    *response.status_mut() = behaviour(&received, before);
    inner.counter.send_replace(before + 1);
    Ok(response)
}
