//! What an operation may answer: statuses, headers, media types, bodies.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderMap;
use serde_json::Value;

use crate::document::resolve;
use crate::schema::{Schema, Schemas, parse};

const PROBLEM: &str = "application/problem+json";

/// An answer to judge.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// Whether the request was HEAD, so that the body is left out.
    pub(crate) is_head: bool,
}

/// The declared answers of one operation by status: `200`, `2XX`, `default`.
#[derive(Debug)]
pub(crate) struct Responses(BTreeMap<String, Response>);

/// One declared answer.
#[derive(Debug)]
pub(crate) struct Response {
    headers: Vec<Header>,
    /// Bodies by media type; empty: there is none. Without a schema they are bytes.
    bodies: BTreeMap<String, Option<Arc<Schema>>>,
}

#[derive(Debug)]
struct Header {
    name: String,
    is_required: bool,
    schema: Arc<Schema>,
}

impl Responses {
    pub(crate) fn compile(
        responses: &Value,
        document: &Value,
        schemas: &mut Schemas,
    ) -> Result<Self, String> {
        let responses = responses.as_object().into_iter().flatten();
        let compiled = responses
            .map(|(status, response)| Ok((status.clone(), Response::compile(response, document, schemas)?)));
        compiled.collect::<Result<_, String>>().map(Self)
    }

    pub(crate) fn check(&self, answer: &Answer<'_>) -> Result<(), String> {
        let (exact, class) = (answer.status.to_string(), format!("{}XX", answer.status / 100));
        let declared = [exact.as_str(), &class, "default"].iter().find_map(|status| self.0.get(*status));
        declared.ok_or("this status is not declared")?.check(answer)
    }
}

impl Response {
    pub(crate) fn compile(response: &Value, document: &Value, schemas: &mut Schemas) -> Result<Self, String> {
        let response = resolve(document, response)?;
        let members = |name: &str| response[name].as_object().into_iter().flatten();
        let mut headers = Vec::new();
        for (name, header) in members("headers") {
            headers.push(Header::compile(name, resolve(document, header)?, schemas)?);
        }
        let bodies = members("content");
        let mut compile = |body: &Value| body.get("schema").map(|schema| schemas.compile(schema)).transpose();
        let bodies = bodies.map(|(media, body)| Ok((media.clone(), compile(body)?)));
        Ok(Self { headers, bodies: bodies.collect::<Result<_, String>>()? })
    }

    pub(crate) fn check(&self, answer: &Answer<'_>) -> Result<(), String> {
        for header in &self.headers {
            header.check(answer.headers)?;
        }
        if self.bodies.is_empty() {
            return if answer.body.is_empty() { Ok(()) } else { Err("it must have no body".to_owned()) };
        }
        let media = media_type(answer.headers);
        let schema = self.bodies.get(&media).ok_or_else(|| format!("\"{media}\" is not a declared type"))?;
        match (answer.is_head, answer.body.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err("HEAD has no body".to_owned()),
            (false, is_empty) => match schema {
                Some(schema) => check_body(&media, schema, answer),
                None if is_empty => Err("its body is missing".to_owned()),
                None => Ok(()),
            },
        }
    }
}

fn check_body(media: &str, schema: &Schema, answer: &Answer<'_>) -> Result<(), String> {
    if media.starts_with("text/") {
        return schema.check(&Value::String(String::from_utf8_lossy(answer.body).into_owned()));
    }
    let body = parse(answer.body)?;
    schema.check(&body)?;
    if media == PROBLEM && body["status"] != answer.status {
        return Err(format!("the problem says {}", body["status"]));
    }
    Ok(())
}

/// The media type without its parameters; empty when there is none.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Header {
    fn compile(name: &str, header: &Value, schemas: &mut Schemas) -> Result<Self, String> {
        let is_required = header["required"] == true;
        Ok(Self { name: name.to_owned(), is_required, schema: schemas.compile(&header["schema"])? })
    }

    fn check(&self, headers: &HeaderMap) -> Result<(), String> {
        let name = &self.name;
        let Some(value) = headers.get(name) else {
            return if self.is_required { Err(format!("the header {name} is missing")) } else { Ok(()) };
        };
        let text = value.to_str().map_err(|_| format!("the header {name} is no text"))?;
        self.schema.check_text(text).map_err(|reason| format!("the header {name}: {reason}"))
    }
}
