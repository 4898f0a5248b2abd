//! A JSON body as the type a use case wants.
//!
//! serde's own messages quote values, and a value may be a card number. So a refusal names the member and what it
//! must be; of a message written elsewhere it passes on only what begins with `must`, which is how our own types
//! word theirs.

use domain::{Error, FieldError, Result};
use serde::de::DeserializeOwned;
use serde_path_to_error::Path;

use crate::strict;

const FIELD_CHARS_MAX: usize = 120;

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
    let mut deserializer = serde_json::Deserializer::from_slice(body);
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
mod tests {
    use std::collections::BTreeMap;

    use domain::Error;
    use domain::id::PetId;
    use serde::{Deserialize, Deserializer};
    use serde_json::value::RawValue;

    use super::read;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Body {
        pet_id: PetId,
        count: u32,
        kind: Option<Kind>,
        inner: Option<Inner>,
        items: Option<Vec<Inner>>,
        headers: Option<BTreeMap<String, String>>,
        raw: Option<Box<RawValue>>,
        money: Option<Money>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    enum Kind {
        Dog,
        Cat,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Inner {
        number: String,
        flag: Option<bool>,
    }

    #[derive(Debug)]
    struct Money;

    impl<'de> Deserialize<'de> for Money {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            let refuse = |message: String| Err(serde::de::Error::custom(message));
            if text == "ours" {
                refuse("must be an amount".to_owned())
            } else {
                refuse(format!("bad {text}"))
            }
        }
    }

    const PET: &str = "\"petId\":\"019b4132-70aa-764f-b315-e2803d882a24\",\"count\":1";

    fn refusal(members: &str) -> String {
        match read::<Body>(format!("{{{members}}}").as_bytes()) {
            Err(Error::Invalid(errors)) => {
                errors.iter().map(|e| format!("{} {}: {}", e.field, e.code, e.message)).collect()
            }
            Err(other) => other.to_string(),
            Ok(_) => "ok".to_owned(),
        }
    }

    #[test]
    fn reads_what_has_the_right_shape() {
        let all = "\"kind\":\"DOG\",\"inner\":{\"number\":\"1\"},\"items\":[],\"headers\":{\"a\":\"b\"},\"raw\":{\"x\":[1]}";
        assert_eq!(refusal(&format!("{PET},{all}")), "ok");
        let body: Body = read(format!("{{{PET},{all}}}").as_bytes()).unwrap();
        assert_eq!(body.raw.unwrap().get(), "{\"x\":[1]}");
    }

    #[test]
    fn names_the_member_and_what_it_must_be() {
        for (members, says) in [
            ("\"count\":1", "petId required_field: Is required."),
            ("\"petId\":7,\"count\":1", "petId invalid_type: Must be a hyphenated UUID."),
            ("\"petId\":\"x\",\"count\":1", "petId invalid_format: Must be a hyphenated UUID."),
            ("\"count\":\"1\"", "count invalid_type: Must be an integer."),
            ("\"count\":-1", "count invalid_format: Must be an integer."),
            ("\"count\":1.5", "count invalid_type: Must be an integer."),
            ("\"count\":null", "count invalid_type: Must be an integer."),
            ("\"kind\":\"FISH\"", "kind invalid_value: Must be DOG or CAT."),
            ("\"extra\":1", "extra unknown_field: Is not a member of this object."),
            ("\"inner\":7", "inner invalid_type: Must be an object."),
            ("\"inner\":{}", "inner.number required_field: Is required."),
            ("\"inner\":{\"number\":4242424242424242}", "inner.number invalid_type: Must be a string."),
            (
                "\"inner\":{\"number\":\"1\",\"extra\":1}",
                "inner.extra unknown_field: Is not a member of this object.",
            ),
            ("\"items\":{}", "items invalid_type: Must be an array."),
            (
                "\"items\":[{\"number\":\"1\",\"flag\":\"4242\"}]",
                "items[0].flag invalid_type: Must be a boolean.",
            ),
            ("\"headers\":{\"a\":1}", "headers.a invalid_type: Must be a string."),
            ("\"money\":\"ours\"", "money invalid_format: Must be an amount."),
            ("\"money\":\"4242424242424242\"", "money invalid_format: Is not valid."),
        ] {
            assert_eq!(refusal(members), says, "{members}");
        }
    }

    #[test]
    fn a_body_is_an_object() {
        let pet = "\"019b4132-70aa-764f-b315-e2803d882a24\"";
        for body in ["[]", "7", "null", " \"4242\"", &format!("[{pet},1,null,null,null,null,null,null]")] {
            let Err(Error::Malformed { errors, .. }) = read::<Body>(body.as_bytes()) else {
                panic!("{body}")
            };
            assert_eq!((errors[0].field.as_str(), errors[0].code), ("body", "invalid_type"), "{body}");
        }
    }

    #[test]
    fn broken_json_is_malformed_before_it_is_invalid() {
        assert!(matches!(read::<Body>(b"{\"count\":\"x\""), Err(Error::Malformed { .. })));
        assert!(matches!(read::<Body>(b"{\"count\":1,\"count\":1}"), Err(Error::Malformed { .. })));
    }

    proptest::proptest! {
        #[test]
        fn no_refusal_repeats_a_value(value in "[0-9]{12,19}", text in "[ -!#-\\[\\]-~]{12,30}") {
            for members in [
                format!("\"petId\":{value}"),
                format!("\"petId\":\"{value}\""),
                format!("\"petId\":\"{text}\""),
                format!("\"count\":\"{value}\""),
                format!("\"count\":\", expected {text}\""),
                format!("\"count\":9{value}999999999"),
                format!("\"kind\":\"{value}\""),
                format!("\"kind\":\"{text}, expected {value}\""),
                format!("\"inner\":\"{value}\""),
                format!("\"inner\":{{\"number\":{value}}}"),
                format!("\"money\":\"{text}\""),
            ] {
                let says = refusal(&members);
                proptest::prop_assert!(!says.contains(&value) && !says.contains(&text), "{says}");
            }
        }
    }
}
