//! openapi.yaml as a judge: holds real HTTP exchanges, webhook bodies and callback bodies against the document.
//!
//! `document` the document itself · `path` which operation a path means · `response` what an operation may
//! answer · `schema` bodies and headers · `example` the document's own examples · here: what a whole exchange
//! must be.
//!
//! Everything is compiled once per process, so that a test can afford to hold every answer it sees against it.

mod document;
mod example;
mod path;
mod response;
mod schema;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use http::HeaderMap;
use serde_json::{Value, json};

use crate::path::PathItem;
use crate::response::{Answer, Response};
use crate::schema::{Schema, Schemas};

pub use document::{Direction, load as document, resolve};
pub use example::{Site, breaches, sites};
pub use path::{METHODS, method_of};

/// The compiled document.
#[derive(Debug)]
pub struct Openapi {
    paths: Vec<PathItem>,
    /// What unknown paths and unknown methods answer.
    not_found: Response,
    not_allowed: Response,
    /// Webhook bodies by event type.
    webhooks: BTreeMap<String, Arc<Schema>>,
    callback: Arc<Schema>,
    chat_chunk: Arc<Schema>,
}

static OPENAPI: LazyLock<Result<Openapi, String>> = LazyLock::new(|| Openapi::compile(&document::load()?));

impl Openapi {
    /// The repository's document, compiled at the first call.
    ///
    /// # Errors
    /// What is wrong with the document.
    pub fn shared() -> Result<&'static Self, String> {
        OPENAPI.as_ref().map_err(Clone::clone)
    }

    fn compile(document: &Value) -> Result<Self, String> {
        let mut schemas = Schemas::new(document, Direction::Response);
        let paths = document["paths"].as_object().into_iter().flatten();
        let paths = paths.map(|(path, item)| PathItem::compile(path, item, document, &mut schemas));
        let paths = paths.collect::<Result<_, _>>()?;
        let mut component = |name: &str| {
            Response::compile(&document["components"]["responses"][name], document, &mut schemas)
        };
        let (not_found, not_allowed) = (component("NotFound")?, component("MethodNotAllowed")?);
        let callback =
            "/paths/~1v1~1orders~1{id}/post/callbacks/orderProcessed/{$request.body#~1callbackUrl}";
        let callback = document.pointer(callback).ok_or("the callback is gone")?;
        Ok(Self {
            paths,
            not_found,
            not_allowed,
            callback: schemas.compile(body_schema(callback)?)?,
            chat_chunk: schemas.compile(&json!({"$ref": "#/components/schemas/ChatCompletionChunk"}))?,
            webhooks: webhooks(document, &mut schemas)?,
        })
    }

    /// Holds one exchange against the document: the operation exists, the status is declared for it, headers and body
    /// are as declared. `HEAD` is its path's `GET` without a body; `OPTIONS` is 204 with `Allow`.
    ///
    /// # Errors
    /// What the document does not allow.
    pub fn check(
        &self,
        method: &str,
        path: &str,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        let answer = Answer { status, headers, body, is_head: method == "HEAD" };
        let path = path.split('?').next().unwrap_or_default();
        let item = path::find(&self.paths, path);
        let judged = match item {
            None => only(404, &answer, &self.not_found),
            Some(_) if method == "OPTIONS" => preflight(&answer),
            Some(item) => match item.operation(method) {
                None => only(405, &answer, &self.not_allowed),
                Some(responses) => responses.check(&answer),
            },
        };
        let place = item.map_or(path, |item| item.path.as_str());
        judged.map_err(|reason| format!("{method} {place} answered {status}: {reason}"))
    }

    /// Holds the body of a webhook of `event_type` against the document.
    ///
    /// # Errors
    /// What the document does not allow.
    pub fn check_webhook(&self, event_type: &str, body: &[u8]) -> Result<(), String> {
        let schema =
            self.webhooks.get(event_type).ok_or_else(|| format!("there is no event {event_type}"))?;
        schema.check_json(body).map_err(|reason| format!("webhook {event_type}: {reason}"))
    }

    /// Holds the data of a chat's event against the document.
    ///
    /// # Errors
    /// What the document does not allow.
    pub fn check_chat_chunk(&self, data: &[u8]) -> Result<(), String> {
        self.chat_chunk.check_json(data).map_err(|reason| format!("chunk: {reason}"))
    }

    /// Holds the body of a callback against the document.
    ///
    /// # Errors
    /// What the document does not allow.
    pub fn check_callback(&self, body: &[u8]) -> Result<(), String> {
        self.callback.check_json(body).map_err(|reason| format!("callback: {reason}"))
    }
}

fn only(status: u16, answer: &Answer<'_>, response: &Response) -> Result<(), String> {
    if answer.status == status {
        response.check(answer)
    } else {
        Err(format!("the document has no such operation, so this must be {status}"))
    }
}

fn preflight(answer: &Answer<'_>) -> Result<(), String> {
    if answer.status == 204 && answer.headers.contains_key("allow") && answer.body.is_empty() {
        Ok(())
    } else {
        Err("OPTIONS must be 204 with Allow and no body".to_owned())
    }
}

/// The schema of the JSON that a path item's POST receives.
fn body_schema(item: &Value) -> Result<&Value, String> {
    let schema = item.pointer("/post/requestBody/content/application~1json/schema");
    schema.ok_or_else(|| "a message has no JSON body".to_owned())
}

fn webhooks(document: &Value, schemas: &mut Schemas) -> Result<BTreeMap<String, Arc<Schema>>, String> {
    let items = document["webhooks"].as_object().into_iter().flatten();
    items
        .map(|(name, item)| {
            let schema = body_schema(item)?;
            let event_type = resolve(document, schema)?["properties"]["eventType"]["const"].as_str();
            let event_type = event_type.ok_or_else(|| format!("webhook {name} names no eventType"))?;
            Ok((event_type.to_owned(), schemas.compile(schema)?))
        })
        .collect()
}

#[cfg(test)]
mod tests;
