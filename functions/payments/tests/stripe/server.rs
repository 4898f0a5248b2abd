//! A server on a port of its own that answers from a script and keeps what it was asked.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::form_urlencoded;

/// What the server was asked.
#[derive(Clone)]
pub(crate) struct Asked {
    /// `POST /v1/refunds`, without the query.
    pub(crate) call: String,
    pub(crate) headers: HeaderMap,
    /// The parameters of the query or the form.
    pub(crate) parameters: HashMap<String, String>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// A running server.
pub(crate) struct Server {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    script: Mutex<VecDeque<(u16, String)>>,
    asked: Mutex<Vec<Asked>>,
    arrived: Notify,
}

impl Server {
    /// Gives the answers one after the other, and none at all when they are used up.
    pub(crate) async fn answering(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        Self::answering_text(answers.into_iter().map(|(status, body)| (status, body.to_string()))).await
    }

    pub(crate) async fn answering_text(answers: impl IntoIterator<Item = (u16, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { script: Mutex::new(answers.into_iter().collect()), ..State::default() });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits for a request.
    pub(crate) async fn arrived(&self) {
        self.state.arrived.notified().await;
    }

    /// Everything asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    /// The calls so far, without their parameters.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.call).collect()
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let service = service_fn(move |request| answer(request, Arc::clone(&state)));
    // A client that gives up breaks the connection; the test sees its error.
    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let parameters =
        form_urlencoded::parse(if body.is_empty() { query } else { &body }).into_owned().collect();
    let call = format!("{} {}", head.method, head.uri.path());
    state.asked.lock().unwrap().push(Asked { call, headers: head.headers, parameters });
    state.arrived.notify_one();
    let next = state.script.lock().unwrap().pop_front();
    match next {
        Some((status, body)) => {
            let answer = Response::builder().status(status).header("content-type", "application/json");
            Ok(answer.header("request-id", "req_1").body(Full::new(Bytes::from(body))).unwrap())
        }
        None => std::future::pending().await,
    }
}
