//! A language model behind OpenAI's protocol that says what a test lets it say, when the test wants.

use std::convert::Infallible;

use bytes::Bytes;
use chat::Patience;
use chat::provider::{Models, OpenAi, Provider};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A running model.
pub(crate) struct Model {
    port: u16,
    talks: mpsc::UnboundedReceiver<Talk>,
}

/// An answer that the test writes.
pub(crate) struct Talk {
    /// What the model was asked.
    pub(crate) asked: Value,
    to_client: mpsc::Sender<String>,
}

impl Model {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (begun, talks) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let begun = begun.clone();
                let service = service_fn(move |request| answer(request, begun.clone()));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service);
                tokio::spawn(connection);
            }
        });
        Self { port, talks }
    }

    pub(crate) fn provider(&self) -> Provider {
        provider(self.port)
    }

    /// The next answer to write.
    pub(crate) async fn talk(&mut self) -> Talk {
        e2e::soon("a question", self.talks.recv()).await.unwrap()
    }
}

/// A provider at this port.
pub(crate) fn provider(port: u16) -> Provider {
    let models = Models { advisor: "m".to_owned(), turbo: "m".to_owned() };
    Provider::OpenAi(OpenAi::new(&format!("http://127.0.0.1:{port}/v1"), None, models))
}

/// More patience than any test needs.
pub(crate) fn patient() -> Patience {
    let [first, between, whole] = [60, 60, 120].map(std::time::Duration::from_secs);
    Patience { first, between, whole }
}

impl Talk {
    pub(crate) async fn say(&self, text: &str) {
        self.chunk(json!([{"index": 0, "delta": {"content": text}, "finish_reason": null}])).await;
    }

    pub(crate) async fn finish(self, reason: &str) {
        self.chunk(json!([{"index": 0, "delta": {}, "finish_reason": reason}])).await;
        self.to_client.send("data: [DONE]\n\n".to_owned()).await.unwrap();
    }

    /// Says what it counted for the question, and that it is done.
    pub(crate) async fn count(self, prompt_tokens: u32) {
        let usage = json!({"prompt_tokens": prompt_tokens, "completion_tokens": 1, "total_tokens": prompt_tokens + 1});
        let chunk = json!({"id": "x", "object": "chat.completion.chunk", "choices": [], "usage": usage});
        self.chunk(json!([{"index": 0, "delta": {}, "finish_reason": "stop"}])).await;
        self.to_client.send(format!("data: {chunk}\n\ndata: [DONE]\n\n")).await.unwrap();
    }

    /// Waits until nobody listens any more.
    pub(crate) async fn hung_up(&self) {
        e2e::soon("the provider's client to hang up", self.to_client.closed()).await;
    }

    async fn chunk(&self, choices: Value) {
        let chunk = json!({"id": "x", "object": "chat.completion.chunk", "choices": choices});
        self.to_client.send(format!("data: {chunk}\n\n")).await.unwrap();
    }
}

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

async fn answer(
    request: Request<Incoming>,
    begun: mpsc::UnboundedSender<Talk>,
) -> Result<Response<Body>, Infallible> {
    let asked = request.into_body().collect().await.unwrap().to_bytes();
    let (to_client, from_test) = mpsc::channel(1);
    begun.send(Talk { asked: serde_json::from_slice(&asked).unwrap(), to_client }).unwrap();
    let frames = stream::unfold(from_test, |mut from_test| async move {
        let text: String = from_test.recv().await?;
        Some((Ok(Frame::data(Bytes::from(text))), from_test))
    });
    Ok(Response::new(StreamBody::new(frames).boxed_unsync()))
}
