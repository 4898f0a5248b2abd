//! A JSON body as what a use case wants: read as a struct, and the struct parsed to what cannot be wrong.
//!
//! serde's own messages quote values, and a value may be a card number. So a refusal names the member and what it
//! must be; of a message written elsewhere it passes on only what begins with `must`, which is how our own types
//! word theirs.

mod every;
mod whole;

use domain::{Error, FieldError, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

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

/// What `parse` makes of `body`, read as a `B`.
///
/// # Errors
/// [`Error::Malformed`] for what is no strict JSON object; [`Error::Invalid`] with everything that keeps it from being
/// a `B`, and what `parse` says of the rest.
pub(crate) fn read<B, T>(body: &[u8], parse: impl FnOnce(B) -> Result<T>) -> Result<T>
where
    B: DeserializeOwned,
{
    strict::check(body)?;
    // serde would read an array as a struct whose members come in order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        let detail = "the body is not a JSON object".to_owned();
        let errors = vec![FieldError::new("body", "invalid_type", "Must be an object.")];
        return Err(Error::Malformed { detail, errors });
    }
    let body = whole::shortened(body);
    match serde_json::from_slice(&body) {
        Ok(body) => parse(body),
        Err(_) => Err(every::breach(&body, parse)),
    }
}

/// What `message` of serde says of the member at `field`, which is empty for the whole body.
fn said(field: &str, message: &str) -> FieldError {
    if let Some(name) = message.strip_prefix("missing field ") {
        let name = name.trim_matches('`');
        let member = if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
        return at(&member, "required_field", "Is required.".to_owned());
    }
    if message.starts_with("unknown field ") {
        return at(field, "unknown_field", "Is not a member of this object.".to_owned());
    }
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    let first = message.split_once(' ').map_or(message, |(first, _)| first);
    match (first, expected) {
        ("invalid", Some(expected)) if message.starts_with("invalid type: ") => {
            at(field, "invalid_type", format!("Must be {}.", plain(expected)))
        }
        ("invalid", Some(expected)) => match range(expected) {
            Some(range) if message.starts_with("invalid value: integer ") => {
                at(field, "out_of_range", format!("Must be {range}."))
            }
            _ => at(field, "invalid_format", format!("Must be {}.", plain(expected))),
        },
        ("unknown", Some(expected)) => {
            at(field, "invalid_value", format!("Must be {}.", expected.replace('`', "")))
        }
        ("must" | "Must", _) => {
            at(field, "invalid_format", format!("M{}.", message[1..].trim_end_matches('.')))
        }
        ("UUID", _) => at(field, "invalid_format", "Must be a hyphenated UUID.".to_owned()),
        _ => at(field, "invalid_format", "Is not valid.".to_owned()),
    }
}

fn at(field: &str, code: &'static str, message: String) -> FieldError {
    let field = if field.is_empty() { "body" } else { field };
    FieldError::new(field.chars().take(FIELD_CHARS_MAX).collect::<String>(), code, message)
}

/// What an integer of Rust's type `expected` may be.
fn range(expected: &str) -> Option<String> {
    let (min, max) = match expected {
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" => (0, u64::MAX),
        "i64" => (i64::MIN, i64::MAX.unsigned_abs()),
        _ => return None,
    };
    Some(format!("{min} to {max}"))
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
