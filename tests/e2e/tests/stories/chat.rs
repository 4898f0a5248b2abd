//! The chat: what it answers, how it streams, and what becomes of a provider that fails.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod budget;
mod events;
mod failures;
mod model;
mod stream;
mod whole;

use serde_json::{Value, json};

const PATH: &str = "/v1/chat/completions";

/// The body of a question.
fn question(text: &str) -> Value {
    json!({"messages": [{"role": "USER", "content": text}]})
}

/// The same, to be answered in events.
fn streamed(text: &str) -> Value {
    let mut body = question(text);
    body["stream"] = json!(true);
    body
}
