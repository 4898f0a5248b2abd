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
        if text == "ours" { refuse("must be an amount".to_owned()) } else { refuse(format!("bad {text}")) }
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
        let Err(Error::Malformed { errors, .. }) = read::<Body>(body.as_bytes()) else { panic!("{body}") };
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
