//! A first pass over a JSON body: is it JSON at all, not too deep, and with each member once?
//!
//! Parsers differ on repeated members, and a later reader could see another amount than this one did; so they are
//! refused. No message repeats anything of the body, which may hold card data.

use std::collections::HashSet;
use std::fmt;

use domain::{Error, Result};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

/// How deep arrays and objects may be nested.
pub(crate) const DEPTH_MAX: usize = 32;

const TOO_DEEP: &str = "nested too deep";
const REPEATED: &str = "repeated member";

/// Refuses what is no strict JSON, saying where.
pub(crate) fn check(body: &[u8]) -> Result<()> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::malformed("the body is empty"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let pass = Strict { depth_left: DEPTH_MAX }.deserialize(&mut deserializer);
    pass.and_then(|()| deserializer.end()).map_err(|error| refuse(&error, body))
}

fn refuse(error: &serde_json::Error, body: &[u8]) -> Error {
    let place = format!("line {}, column {}", error.line(), column(error, body));
    let text = error.to_string();
    // serde_json's words for what is wrong with the syntax are fixed ones: they repeat nothing of the body.
    let what = text.split(" at line ").next().unwrap_or_default();
    Error::malformed(match error.classify() {
        Category::Data if text.starts_with(TOO_DEEP) => {
            format!("the body is nested deeper than {DEPTH_MAX} levels at {place}")
        }
        Category::Data if text.starts_with(REPEATED) => {
            format!("the body has an object with the same member twice at {place}")
        }
        Category::Eof => format!("the body's JSON ends too early at {place}"),
        Category::Syntax => format!("the body is not valid JSON at {place}: {what}"),
        Category::Data | Category::Io => format!("the body is not valid JSON at {place}"),
    })
}

/// The column in characters: serde_json counts bytes.
fn column(error: &serde_json::Error, body: &[u8]) -> usize {
    let line = body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    String::from_utf8_lossy(&line[..error.column().min(line.len())]).chars().count()
}

struct Strict {
    depth_left: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(&self) -> std::result::Result<usize, E> {
        self.depth_left.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<(), A::Error> {
        let depth_left = self.inner()?;
        while elements.next_element_seed(Self { depth_left })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let depth_left = self.inner()?;
        let mut names = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom(REPEATED));
            }
            members.next_value_seed(Self { depth_left })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_MAX, check};

    fn refusal(body: &str) -> String {
        check(body.as_bytes()).unwrap_err().to_string().trim_start_matches("malformed request: ").to_owned()
    }

    #[test]
    fn says_what_is_wrong_and_where_but_not_what_it_read() {
        for (body, says) in [
            ("", "the body is empty"),
            (" \n", "the body is empty"),
            ("{", "the body's JSON ends too early at line 1, column 1"),
            ("{\"number\": 4242424242424242", "the body's JSON ends too early at line 1, column 27"),
            ("{\"number\":\n 4242x}", "the body is not valid JSON at line 2, column 6: expected `,` or `}`"),
            ("{\"näme\" 1}", "the body is not valid JSON at line 1, column 9: expected `:`"),
            ("{}{}", "the body is not valid JSON at line 1, column 3: trailing characters"),
            ("{} x", "the body is not valid JSON at line 1, column 4: trailing characters"),
            ("{'a': 1}", "the body is not valid JSON at line 1, column 2: key must be a string"),
            ("{\"a\": 1,}", "the body is not valid JSON at line 1, column 9: trailing comma"),
            ("[01]", "the body is not valid JSON at line 1, column 3: invalid number"),
            ("NaN", "the body is not valid JSON at line 1, column 1: expected value"),
            ("[1e999]", "the body is not valid JSON at line 1, column 6: number out of range"),
            ("\"\\ud800\"", "the body is not valid JSON at line 1, column 8: unexpected end of hex escape"),
            ("{\"a\":1,\"a\":2}", "the body has an object with the same member twice at line 1, column 10"),
            (
                "{\"b\":[{\"a\":1,\"\\u0061\":2}]}",
                "the body has an object with the same member twice at line 1, column 21",
            ),
        ] {
            assert_eq!(refusal(body), says, "{body}");
        }
        assert!(check(b"\"\xff\"").is_err());
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(check(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert!(refusal(&nested(DEPTH_MAX + 1)).starts_with("the body is nested deeper than 32 levels"));
        assert!(refusal(&"[".repeat(200_000)).starts_with("the body is nested deeper than 32 levels"));
        assert!(refusal(&"{\"a\":".repeat(200_000)).starts_with("the body is nested deeper than 32 levels"));
    }

    proptest::proptest! {
        #[test]
        fn takes_what_serde_json_writes(text: String, number: i64, float in -1e9..1e9_f64) {
            let value = serde_json::json!({"a": [text, number, null, true, {"b": float, "a": {}}], "c": []});
            proptest::prop_assert!(check(value.to_string().as_bytes()).is_ok());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(body: Vec<u8>) {
            proptest::prop_assert!(check(&body).is_ok() == serde_json::from_slice::<serde_json::Value>(&body).is_ok());
        }
    }
}
