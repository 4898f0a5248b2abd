//! Any server that speaks OpenAI's chat completions (<https://platform.openai.com/docs/api-reference/chat>): OpenAI
//! itself, or one of the many others behind a base URL of their own.
//!
//! It is always asked to stream, so that a slow answer can be cut in time and a client that hangs up ends it.

mod chunks;
mod http;

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use self::http::Http;
use super::prompt::{instructions, turns};
use super::{Models, Pieces, Refusal};
use crate::ask::{Ask, Role};

/// A server, and its models.
#[derive(Clone)]
pub struct OpenAi {
    http: Arc<Http>,
    models: Models,
}

impl OpenAi {
    /// The server at `base_url`, which is what comes before `/chat/completions`: `https`, or `http` on this machine.
    /// Settings that cannot be used make every question [`Silent`](super::Silent), before anything is sent.
    #[must_use]
    pub fn new(base_url: &str, api_key: Option<&str>, models: Models) -> Self {
        Self { http: Arc::new(Http::new(base_url, api_key)), models }
    }

    pub(super) async fn begin(&self, ask: &Ask) -> Result<Pieces, Refusal> {
        let answer = self.http.post(&self.body(ask).to_string()).await?;
        Ok(chunks::read(answer))
    }

    fn body(&self, ask: &Ask) -> Value {
        let system = instructions(ask).map(|text| json!({"role": "system", "content": text}));
        let spoken = turns(ask).into_iter().map(|(role, text)| json!({"role": word(role), "content": text}));
        let mut body = json!({
            "model": self.models.of(ask.model),
            "messages": system.chain(spoken).collect::<Vec<_>>(),
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        // OpenAI's newer models refuse the old name, and other servers do not know the new one.
        let limit = if self.http.is_openai() { "max_completion_tokens" } else { "max_tokens" };
        body[limit] = ask.max_tokens.into();
        if let Some(temperature) = ask.temperature {
            body["temperature"] = temperature.into();
        }
        body
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi").field("models", &self.models).field("api_key", &"*").finish_non_exhaustive()
    }
}

const fn word(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}
