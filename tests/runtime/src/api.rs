//! The Lambda Runtime API, as far as a custom runtime uses it, for one process.
//!
//! `next` is a long poll: it answers when there is an invocation, which may be never. A process asks for the first
//! one when its initialisation is over, so that moment is the end of "init".
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::serve::Server;
use crate::{BoxError, Result};

const BASE: &str = "/2018-06-01/runtime/";
/// The media type of an answer that streams.
/// <https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html>
const STREAMED: &str = "application/vnd.awslambda.http-integration-response";

/// How far the process is.
#[derive(Clone, Debug)]
pub enum Init {
    /// It has not asked for anything.
    Running,
    /// It asked for its first invocation at this moment.
    Done(Instant),
    /// It reported that it cannot start.
    Failed(Json),
}

/// How an invocation ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was sent to `/response`, or to `/error` as the error.
    pub answer: Result<Json, Json>,
    /// From handing the event out until the answer had arrived.
    pub took: Duration,
}

/// A Runtime API for one process.
#[derive(Debug)]
pub struct RuntimeApi {
    server: Server,
    shared: Arc<Shared>,
    invocations: mpsc::UnboundedSender<Invocation>,
}

#[derive(Debug)]
struct Invocation {
    event: Bytes,
    limit: Duration,
    done: oneshot::Sender<Outcome>,
}

#[derive(Debug)]
struct Running {
    since: Instant,
    done: oneshot::Sender<Outcome>,
}

#[derive(Debug)]
struct Shared {
    function_arn: String,
    init: watch::Sender<Init>,
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, Running>>,
}

impl RuntimeApi {
    /// Serves the API for the function of this ARN on a free port of loopback.
    ///
    /// # Errors
    /// When nothing can listen.
    pub async fn start(function_arn: String) -> Result<Self> {
        let (invocations, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            function_arn,
            init: watch::Sender::new(Init::Running),
            waiting: tokio::sync::Mutex::new(waiting),
            running: Mutex::default(),
        });
        let server = Server::start(Arc::clone(&shared), handle).await?;
        Ok(Self { server, shared, invocations })
    }

    /// Where it listens: `AWS_LAMBDA_RUNTIME_API` of the process.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Waits until the process is ready or has said that it cannot be.
    pub async fn initialised(&self) -> Init {
        let mut init = self.shared.init.subscribe();
        let ended = init.wait_for(|init| !matches!(init, Init::Running)).await;
        // The sender lives as long as `self`.
        ended.map_or(Init::Running, |init| init.clone())
    }

    /// Hands `event` to the process and waits for its answer, at most `limit`: the deadline that the process is told.
    ///
    /// # Errors
    /// When there is no answer in time.
    pub async fn invoke(&self, event: &Json, limit: Duration) -> Result<Outcome> {
        let (done, outcome) = oneshot::channel();
        let event = Bytes::from(event.to_string());
        self.invocations.send(Invocation { event, limit, done })?;
        let outcome = tokio::time::timeout(limit, outcome).await;
        Ok(outcome.map_err(|_| format!("no answer within {limit:?}"))??)
    }
}

async fn handle(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().strip_prefix(BASE).unwrap_or_default().to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => shared.next().await,
        (&Method::POST, ["invocation", id, "response"]) => shared.settle(id, body(request).await.map(Ok)),
        (&Method::POST, ["invocation", id, "error"]) => shared.settle(id, body(request).await.map(Err)),
        (&Method::POST, ["init", "error"]) => shared.init_failed(body(request).await),
        _ => refused(StatusCode::NOT_FOUND, "UnknownPath", "the Runtime API has no such path"),
    }
}

impl Shared {
    async fn next(&self) -> Response<Full<Bytes>> {
        let now = Instant::now();
        self.init.send_if_modified(|init| {
            let is_first = matches!(init, Init::Running);
            if is_first {
                *init = Init::Done(now);
            }
            is_first
        });
        // Dropped while it waits when the process goes away.
        match self.waiting.lock().await.recv().await {
            Some(invocation) => self.hand_out(invocation),
            None => refused(StatusCode::GONE, "Over", "no more invocations"),
        }
    }

    fn hand_out(&self, invocation: Invocation) -> Response<Full<Bytes>> {
        let id = Uuid::now_v7().to_string();
        let limit_ms = i64::try_from(invocation.limit.as_millis()).unwrap_or(i64::MAX);
        let deadline_ms = platform::clock::now().plus_ms(limit_ms).as_ms();
        let trace = Uuid::now_v7().simple().to_string();
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &id)
            .header("lambda-runtime-deadline-ms", deadline_ms)
            .header("lambda-runtime-invoked-function-arn", &self.function_arn)
            .header("lambda-runtime-trace-id", format!("Root=1-{}-{};Sampled=0", &trace[..8], &trace[8..]))
            .body(Full::new(invocation.event));
        self.running().insert(id, Running { since: Instant::now(), done: invocation.done });
        response.unwrap_or_else(|error| refused(StatusCode::INTERNAL_SERVER_ERROR, "Bug", &error.to_string()))
    }

    fn settle(&self, id: &str, answer: Result<Result<Json, Json>>) -> Response<Full<Bytes>> {
        let Some(running) = self.running().remove(id) else {
            return refused(StatusCode::BAD_REQUEST, "InvalidRequestID", "no such invocation is running");
        };
        let took = running.since.elapsed();
        match answer {
            // Nobody waits any more for an answer that came too late.
            Ok(answer) => drop(running.done.send(Outcome { answer, took })),
            Err(error) => return refused(StatusCode::BAD_REQUEST, "InvalidBody", &error.to_string()),
        }
        accepted()
    }

    fn init_failed(&self, error: Result<Json>) -> Response<Full<Bytes>> {
        self.init.send_replace(Init::Failed(error.unwrap_or_default()));
        accepted()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn body(request: Request<Incoming>) -> Result<Json> {
    let is_streamed = request.headers().get("content-type").is_some_and(|kind| kind == STREAMED);
    let bytes = request.into_body().collect().await?.to_bytes();
    if is_streamed {
        return streamed(&bytes);
    }
    match bytes.is_empty() {
        true => Ok(Json::Null),
        false => serde_json::from_slice(&bytes).map_err(BoxError::from),
    }
}

/// A streamed answer in the shape of a whole one: status and headers come first, as JSON, then eight zero bytes.
fn streamed(bytes: &[u8]) -> Result<Json> {
    let end = bytes.windows(8).position(|window| window == [0; 8]).ok_or("a stream without a prelude")?;
    let mut answer: Json = serde_json::from_slice(&bytes[..end])?;
    answer["body"] = std::str::from_utf8(&bytes[end + 8..])?.into();
    Ok(answer)
}

fn accepted() -> Response<Full<Bytes>> {
    answer(StatusCode::ACCEPTED, &json!({"status": "OK"}))
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    answer(status, &json!({"errorType": error_type, "errorMessage": message}))
}

fn answer(status: StatusCode, body: &Json) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response
}
