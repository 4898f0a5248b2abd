//! A client that reads an answer's events as they arrive.

use bytes::Bytes;
use contract::Openapi;
use e2e::{World, soon};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local::seed::staff_of;
use serde_json::Value;

use crate::chat::PATH;

/// An answer that is arriving.
pub(crate) struct Stream {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    text: String,
    read: usize,
}

impl Stream {
    /// Asks, as staff of the shared pool.
    pub(crate) async fn ask(world: &World, body: &Value) -> Self {
        let scope = domain::Scope::Shared;
        let token = world.local.token(scope, staff_of(scope)).unwrap();
        let request = Request::post(format!("{}{PATH}", world.local.base_url()))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("accept", "text/event-stream")
            .body(Full::new(Bytes::from(body.to_string())))
            .unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = soon("the head of the answer", client.request(request)).await.unwrap();
        let (parts, body) = answer.into_parts();
        Self { status: parts.status, headers: parts.headers, body, text: String::new(), read: 0 }
    }

    /// The next event as text; `None` at the end, where the whole is held against the document.
    pub(crate) async fn event(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text[self.read..].find("\n\n") {
                let event = self.text[self.read..self.read + end].to_owned();
                self.read += end + 2;
                return Some(event);
            }
            let Some(frame) = soon("more of the answer", self.body.frame()).await else {
                self.check();
                return None;
            };
            self.text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
        }
    }

    /// The next event's chunk.
    pub(crate) async fn chunk(&mut self) -> Value {
        let event = self.event().await.unwrap();
        let data = event.strip_prefix("data: ").unwrap();
        Openapi::shared().unwrap().check_chat_chunk(data.as_bytes()).unwrap();
        serde_json::from_str(data).unwrap()
    }

    /// All that is left, as one text.
    pub(crate) async fn rest(mut self) -> String {
        while self.event().await.is_some() {}
        self.text
    }

    fn check(&self) {
        let openapi = Openapi::shared().unwrap();
        openapi.check("POST", PATH, self.status.as_u16(), &self.headers, self.text.as_bytes()).unwrap();
    }
}

/// What a chunk says.
pub(crate) fn said(chunk: &Value) -> &str {
    chunk["choices"][0]["delta"]["content"].as_str().unwrap_or_default()
}
