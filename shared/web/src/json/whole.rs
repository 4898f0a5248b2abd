//! Whole numbers written with a fraction: `24.0` is 24. JSON does not tell them apart (RFC 8259 section 6), JSON Schema
//! calls both integers, and some clients write the longer form, which serde would take for a float and refuse.

use std::borrow::Cow;

/// `body`, which is JSON, with every number like `24.0` or `-3.00` written without its fraction.
pub(super) fn shortened(body: &[u8]) -> Cow<'_, [u8]> {
    if !body.windows(2).any(|pair| pair == b".0") {
        return Cow::Borrowed(body);
    }
    let mut short = Vec::with_capacity(body.len());
    let (mut rest, mut in_string) = (body, false);
    while let Some(&byte) = rest.first() {
        let (kept, dropped) = match byte {
            // Only strings have it, and the byte after it is no quote.
            b'\\' => (rest.len().min(2), 0),
            b'.' if !in_string => {
                let fraction = zero_fraction(rest);
                (usize::from(fraction == 0), fraction)
            }
            _ => (1, 0),
        };
        in_string ^= byte == b'"';
        short.extend_from_slice(&rest[..kept]);
        rest = &rest[kept + dropped..];
    }
    Cow::Owned(short)
}

/// The length of the `.000` that `rest` begins with, if the number ends there.
fn zero_fraction(rest: &[u8]) -> usize {
    let zeros = rest[1..].iter().take_while(|byte| **byte == b'0').count();
    let goes_on = rest.get(1 + zeros).is_some_and(|byte| byte.is_ascii_digit() || b"eE".contains(byte));
    if zeros == 0 || goes_on { 0 } else { 1 + zeros }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    fn short(text: &str) -> String {
        String::from_utf8(shortened(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn a_fraction_of_nothing_is_dropped() {
        assert_eq!(short(r#"{"a":24.0,"b":[1.000, -3.0]}"#), r#"{"a":24,"b":[1, -3]}"#);
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            r#"{"a":24.05}"#,
            r#"{"a":1.0e5}"#,
            r#"{"a":100,"b":1.5,"c":"1.0"}"#,
            r#"{"a\"b":"\"1.0\" \\","c.0":".0"}"#,
        ] {
            assert_eq!(short(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn strings_and_meanings_are_kept(whole in -1_000_000_i64..1_000_000, text in ".*", share in 0.0..1.0_f64) {
            let value = serde_json::json!({"whole": whole as f64, "text": text, "share": share});
            let read: serde_json::Value = serde_json::from_str(&short(&value.to_string())).unwrap();
            proptest::prop_assert_eq!(read["whole"].as_f64(), Some(whole as f64));
            proptest::prop_assert_eq!(&read["text"], &value["text"]);
            proptest::prop_assert_eq!(read["share"].as_f64(), Some(share));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            shortened(&bytes);
        }
    }
}
