//! A server on a port of its own that plays one script, byte by byte, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does next.
pub(crate) enum Step {
    /// Sends this.
    Send(String),
    /// Nothing, for ever.
    Hang,
}

/// A running server.
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Option<(String, Value)>>>,
}

impl Server {
    /// Plays `script` for the first request, then closes the connection.
    pub(crate) async fn playing(script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(None));
        let told = Arc::clone(&asked);
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let request = read(&mut socket).await;
            *told.lock().unwrap() = Some(request);
            for step in script {
                match step {
                    Step::Send(text) => socket.write_all(text.as_bytes()).await.unwrap(),
                    Step::Hang => std::future::pending().await,
                }
            }
        });
        Self { port, asked }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// The head and the body of what it was asked.
    pub(crate) fn asked(&self) -> (String, Value) {
        self.asked.lock().unwrap().clone().unwrap()
    }
}

async fn read(socket: &mut TcpStream) -> (String, Value) {
    let mut text = Vec::new();
    loop {
        let mut buffer = [0; 4_096];
        let count = socket.read(&mut buffer).await.unwrap();
        text.extend_from_slice(&buffer[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = whole.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            return (head.to_ascii_lowercase(), body);
        }
        assert!(count > 0, "the request ends too early");
    }
}

/// The head of an answer that streams until the connection closes.
pub(crate) fn head(status: &str) -> Step {
    Step::Send(format!("HTTP/1.1 {status}\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"))
}

/// A chunk with text.
pub(crate) fn text(text: &str) -> Step {
    let choice = serde_json::json!({"index": 0, "delta": {"content": text}, "finish_reason": null});
    data(&serde_json::json!({"id": "x", "object": "chat.completion.chunk", "choices": [choice]}).to_string())
}

/// The last chunk of the text.
pub(crate) fn finish(reason: &str) -> Step {
    let choice = serde_json::json!({"index": 0, "delta": {}, "finish_reason": reason});
    data(&serde_json::json!({"id": "x", "object": "chat.completion.chunk", "choices": [choice]}).to_string())
}

pub(crate) fn data(data: &str) -> Step {
    Step::Send(format!("data: {data}\n\n"))
}
