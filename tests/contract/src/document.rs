//! The document as JSON, its references, and its examples.

use serde_json::Value;

const YAML: &str = include_str!("../../../openapi.yaml");

/// Who sends a body. What is `writeOnly` must not come back in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The client.
    Request,
    /// The server, in answers, webhooks and callbacks.
    Response,
}

/// openapi.yaml as JSON.
///
/// # Errors
/// When it is not YAML, or is YAML that JSON cannot hold.
pub fn load() -> Result<Value, String> {
    serde_norway::from_str(YAML).map_err(|error| format!("openapi.yaml: {error}"))
}

/// What a reference stands for; anything else stands for itself.
///
/// # Errors
/// When it leads nowhere, or out of the document.
pub fn resolve<'d>(document: &'d Value, mut value: &'d Value) -> Result<&'d Value, String> {
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').ok_or_else(|| format!("{reference} is not local"))?;
        value = document.pointer(pointer).ok_or_else(|| format!("{reference} leads nowhere"))?;
    }
    Ok(value)
}

/// The schemas as they hold for bodies going that way: a `writeOnly` member becomes one that nothing satisfies.
pub(crate) fn directed(schema: &Value, direction: Direction) -> Value {
    match schema {
        Value::Object(members) if is_hidden(members, direction) => Value::Bool(false),
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), directed(v, direction))).collect(),
        Value::Array(items) => items.iter().map(|item| directed(item, direction)).collect(),
        other => other.clone(),
    }
}

fn is_hidden(schema: &serde_json::Map<String, Value>, direction: Direction) -> bool {
    direction == Direction::Response && schema.get("writeOnly") == Some(&Value::Bool(true))
}
