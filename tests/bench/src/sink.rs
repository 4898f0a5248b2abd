//! A receiver that costs little: it notes when a delivery had arrived and answers as it is told.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::{PATIENCE, Result};

/// How long a receiver that works takes: long enough that requests to it are under way at the same time.
const WORKS: Duration = Duration::from_millis(20);
/// How long a receiver that hangs does so before it answers.
const HANGS: Duration = Duration::from_secs(25);
/// A piece of a large answer.
const PIECE: usize = 64 * 1_024;
/// What comes before the pet's id in a body, and its length.
const PET: &[u8] = b"\"petId\":\"";
const ID_LENGTH: usize = 36;

/// What it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answers {
    /// 200, at once.
    Well,
    /// 200, after 20 milliseconds.
    Working,
    /// Nothing, for 25 seconds.
    Hanging,
    /// 200 and a byte a second, without end.
    Dripping,
    /// 200 and so many bytes.
    Large(usize),
}

/// One delivery that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// When.
    pub(crate) at: Instant,
    /// The pet that it tells of.
    pub(crate) pet: String,
    /// Its `webhook-id`.
    pub(crate) id: String,
}

/// A running receiver. Dropping it closes its connections.
pub(crate) struct Sink {
    url: String,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

struct Inner {
    answers: Answers,
    taken: Mutex<Vec<Taken>>,
    changed: Notify,
    connections: AtomicUsize,
    under_way: AtomicUsize,
    under_way_most: AtomicUsize,
}

impl Sink {
    /// Listens on a free port of loopback.
    pub(crate) async fn start(answers: Answers) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let inner = Arc::new(Inner {
            answers,
            taken: Mutex::default(),
            changed: Notify::new(),
            connections: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            under_way_most: AtomicUsize::new(0),
        });
        let task = tokio::spawn(accept(listener, inner.clone()));
        Ok(Self { url, inner, task })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many deliveries have arrived.
    pub(crate) fn count(&self) -> usize {
        self.inner.taken.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What has arrived, in its order.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.inner.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connections that were made, and the most requests that were under way at once.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.inner.connections.load(Ordering::Relaxed), self.inner.under_way_most.load(Ordering::Relaxed))
    }

    /// Waits until `count` deliveries have arrived.
    pub(crate) async fn until(&self, count: usize) -> Result<()> {
        let waiting = async {
            while self.count() < count {
                let changed = self.inner.changed.notified();
                if self.count() < count {
                    changed.await;
                }
            }
        };
        let came = tokio::time::timeout(PATIENCE, waiting).await;
        came.map_err(|_| format!("{} of {count} arrived", self.count()).into())
    }

    /// How late each pet's first delivery was, counted from the time in `from`; sorted.
    pub(crate) fn lateness(&self, from: &HashMap<String, Instant>) -> Vec<Duration> {
        let mut first: HashMap<String, Instant> = HashMap::new();
        for taken in self.taken() {
            first.entry(taken.pet).or_insert(taken.at);
        }
        let late = |(pet, due): (&String, &Instant)| Some(first.get(pet)?.duration_since(*due));
        let mut all: Vec<_> = from.iter().filter_map(late).collect();
        all.sort_unstable();
        all
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        inner.connections.fetch_add(1, Ordering::Relaxed);
        // Fails for a socket that is closed already.
        drop(socket.set_nodelay(true));
        let inner = inner.clone();
        connections.spawn(async move {
            let service = service_fn(|request| take(inner.clone(), request));
            // A client that goes away is no error.
            drop(http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn take(
    inner: Arc<Inner>,
    request: Request<Incoming>,
) -> std::result::Result<Response<UnsyncBoxBody<Bytes, Infallible>>, hyper::Error> {
    let under_way = inner.under_way.fetch_add(1, Ordering::Relaxed) + 1;
    inner.under_way_most.fetch_max(under_way, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let id = head.headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let taken = Taken { at: Instant::now(), pet: pet(&body), id };
    inner.taken.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
    inner.changed.notify_waiters();
    let answer = answer(inner.answers).await;
    inner.under_way.fetch_sub(1, Ordering::Relaxed);
    Ok(Response::new(answer))
}

fn pet(body: &[u8]) -> String {
    let place = body.windows(PET.len()).position(|window| window == PET);
    let id = place.and_then(|place| body.get(place + PET.len()..place + PET.len() + ID_LENGTH));
    String::from_utf8_lossy(id.unwrap_or_default()).into_owned()
}

async fn answer(answers: Answers) -> UnsyncBoxBody<Bytes, Infallible> {
    match answers {
        Answers::Well => Empty::new().boxed_unsync(),
        Answers::Working => {
            tokio::time::sleep(WORKS).await;
            Empty::new().boxed_unsync()
        }
        Answers::Hanging => {
            tokio::time::sleep(HANGS).await;
            Empty::new().boxed_unsync()
        }
        Answers::Dripping => {
            let drops = stream::repeat(()).then(async |()| {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(Frame::data(Bytes::from_static(b".")))
            });
            StreamBody::new(drops).boxed_unsync()
        }
        Answers::Large(bytes) => {
            let piece = Bytes::from(vec![b'.'; PIECE]);
            let pieces = (0..bytes.div_ceil(PIECE)).map(move |_| Ok(Frame::data(piece.clone())));
            StreamBody::new(stream::iter(pieces)).boxed_unsync()
        }
    }
}
