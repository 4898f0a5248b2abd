//! A JSON body as the type a use case wants.
//!
//! serde's own messages quote values, and a value may be a card number. So a refusal names the member and what it
//! must be; of a message written elsewhere it passes on only what begins with `must`, which is how our own types
//! word theirs.

mod whole;

use domain::{Error, FieldError, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_path_to_error::Path;

use crate::strict;

const FIELD_CHARS_MAX: usize = 120;

/// For `#[serde(default, deserialize_with = "web::sent")]`: a member that was sent. null is a value as any other, and for
/// most members a wrong one; only what was not sent is `None`.
///
/// # Errors
/// When the value is no `T`.
pub fn sent<'de, T, D>(deserializer: D) -> std::result::Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads `body`.
///
/// # Errors
/// [`Error::Malformed`] for what is no strict JSON object, [`Error::Invalid`] for one of another shape.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    strict::check(body)?;
    // serde would read an array as a struct whose members come in order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        let detail = "the body is not a JSON object".to_owned();
        let errors = vec![FieldError::new("body", "invalid_type", "Must be an object.")];
        return Err(Error::Malformed { detail, errors });
    }
    let body = whole::shortened(body);
    let mut deserializer = serde_json::Deserializer::from_slice(&body);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let message = error.inner().to_string();
        Error::Invalid(vec![breach(error.path(), without_place(&message, error.inner()))])
    })
}

/// The message without serde_json's ` at line 1 column 5`: the body was JSON, so the member says more.
fn without_place<'m>(message: &'m str, error: &serde_json::Error) -> &'m str {
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&place).unwrap_or(message)
}

fn breach(path: &Path, message: &str) -> FieldError {
    let field = path.to_string();
    let at = |field: String, code, message: String| {
        FieldError::new(field.chars().take(FIELD_CHARS_MAX).collect::<String>(), code, message)
    };
    let here = if field == "." { "body".to_owned() } else { field.clone() };
    if let Some(name) = message.strip_prefix("missing field ") {
        return at(member_of(&field, name.trim_matches('`')), "required_field", "Is required.".to_owned());
    }
    if message.starts_with("unknown field ") {
        return at(here, "unknown_field", "Is not a member of this object.".to_owned());
    }
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    match (message.split_once(' ').map_or(message, |(first, _)| first), expected) {
        ("invalid", Some(expected)) if message.starts_with("invalid type: ") => {
            at(here, "invalid_type", format!("Must be {}.", plain(expected)))
        }
        ("invalid", Some(expected)) => at(here, "invalid_format", format!("Must be {}.", plain(expected))),
        ("unknown", Some(expected)) => {
            at(here, "invalid_value", format!("Must be {}.", expected.replace('`', "")))
        }
        ("must" | "Must", _) => {
            at(here, "invalid_format", format!("M{}.", message[1..].trim_end_matches('.')))
        }
        ("UUID", _) => at(here, "invalid_format", "Must be a hyphenated UUID.".to_owned()),
        _ => at(here, "invalid_format", "Is not valid.".to_owned()),
    }
}

fn member_of(parent: &str, name: &str) -> String {
    if parent == "." { name.to_owned() } else { format!("{parent}.{name}") }
}

/// serde's and Rust's words for types, in JSON's words.
fn plain(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "an integer",
        "f32" | "f64" => "a number",
        "a sequence" => "an array",
        "a map" => "an object",
        "a formatted UUID string" | "UUID string" => "a hyphenated UUID",
        "a borrowed string" | "a character" => "a string",
        other if other.starts_with("struct ") => "an object",
        other if other.starts_with("tuple ") || other.starts_with("an array of ") => "an array",
        other if other.contains("enum ") => "one of its values",
        other => other,
    }
}

#[cfg(test)]
mod tests;
