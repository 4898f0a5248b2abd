use std::collections::BTreeMap;

use domain::id::PetId;
use domain::{Error, FieldError};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{read, sent};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only whether it can be read matters")]
struct Body {
    pet_id: Option<PetId>,
    #[serde(default, deserialize_with = "sent")]
    count: Option<u32>,
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
    refusals(members).join("; ")
}

fn refusals(members: &str) -> Vec<String> {
    match read(format!("{{{members}}}").as_bytes(), used) {
        Err(Error::Invalid(errors)) => {
            errors.iter().map(|e| format!("{} {}: {}", e.field, e.code, e.message)).collect()
        }
        Err(other) => vec![other.to_string()],
        Ok(_) => vec!["ok".to_owned()],
    }
}

/// What a use case says of a body.
fn used(body: Body) -> domain::Result<Body> {
    let mut errors = Vec::new();
    domain::required("petId", body.pet_id, &mut errors);
    if body.count.is_some_and(|count| count > 9) {
        errors.push(FieldError::new("count", "out_of_range", "Must be 0 to 9."));
    }
    if body.items.as_ref().is_some_and(Vec::is_empty) {
        errors.push(FieldError::new("items", "invalid_length", "Must not be empty."));
    }
    if errors.is_empty() { Ok(body) } else { Err(Error::Invalid(errors)) }
}

#[test]
fn reads_what_has_the_right_shape() {
    let all = "\"kind\":\"DOG\",\"inner\":{\"number\":\"1\"},\"items\":[{\"number\":\"1\"}],\"headers\":{\"a\":\"b\"},\"raw\":{\"x\":[1]}";
    assert_eq!(refusal(&format!("{PET},{all}")), "ok");
    let body = read(format!("{{{PET},{all}}}").as_bytes(), used).unwrap();
    assert_eq!(body.raw.unwrap().get(), "{\"x\":[1]}");
}

#[test]
fn names_the_member_and_what_it_must_be() {
    let with_pet = |member: &str| format!("{PET},{member}").replacen("\"count\":1,", "", 1);
    for (members, says) in [
        ("\"count\":1", "petId required_field: Is required."),
        ("\"petId\":7,\"count\":1", "petId invalid_type: Must be a hyphenated UUID."),
        ("\"petId\":\"x\",\"count\":1", "petId invalid_format: Must be a hyphenated UUID."),
        (&with_pet("\"count\":\"1\""), "count invalid_type: Must be an integer."),
        (&with_pet("\"count\":-1"), "count out_of_range: Must be 0 to 4294967295."),
        (&with_pet("\"count\":4294967296"), "count out_of_range: Must be 0 to 4294967295."),
        (&with_pet("\"count\":1.5"), "count invalid_type: Must be an integer."),
        (&with_pet("\"count\":null"), "count invalid_type: Must be an integer."),
        (&with_pet("\"kind\":\"FISH\""), "kind invalid_value: Must be DOG or CAT."),
        (&with_pet("\"extra\":1"), "extra unknown_field: Is not a member of this object."),
        (&with_pet("\"inner\":7"), "inner invalid_type: Must be an object."),
        (&with_pet("\"inner\":{}"), "inner.number required_field: Is required."),
        (
            &with_pet("\"inner\":{\"number\":4242424242424242}"),
            "inner.number invalid_type: Must be a string.",
        ),
        (
            &with_pet("\"inner\":{\"number\":\"1\",\"extra\":1}"),
            "inner.extra unknown_field: Is not a member of this object.",
        ),
        (&with_pet("\"items\":{}"), "items invalid_type: Must be an array."),
        (
            &with_pet("\"items\":[{\"number\":\"1\",\"flag\":\"4242\"}]"),
            "items[0].flag invalid_type: Must be a boolean.",
        ),
        (&with_pet("\"headers\":{\"a\":1}"), "headers.a invalid_type: Must be a string."),
        (&with_pet("\"money\":\"ours\""), "money invalid_format: Must be an amount."),
        (&with_pet("\"money\":\"4242424242424242\""), "money invalid_format: Is not valid."),
    ] {
        assert_eq!(refusal(members), says, "{members}");
    }
}

#[test]
fn tells_everything_that_is_wrong_at_once() {
    let items =
        "\"items\":[{\"number\":\"1\"},7,{\"number\":\"1\"},{\"number\":2,\"flag\":3,\"extra\":4},{}]";
    assert_eq!(
        refusals(&format!("\"zoo\":1,\"count\":10,\"kind\":\"FISH\",\"inner\":{{\"flag\":1}},{items}")),
        [
            "inner.flag invalid_type: Must be a boolean.",
            "inner.number required_field: Is required.",
            "items[1] invalid_type: Must be an object.",
            "items[3].extra unknown_field: Is not a member of this object.",
            "items[3].flag invalid_type: Must be a boolean.",
            "items[3].number invalid_type: Must be a string.",
            "items[4].number required_field: Is required.",
            "kind invalid_value: Must be DOG or CAT.",
            "zoo unknown_field: Is not a member of this object.",
            "petId required_field: Is required.",
            "count out_of_range: Must be 0 to 9.",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_not_called_missing_or_empty() {
    assert_eq!(refusal("\"petId\":7"), "petId invalid_type: Must be a hyphenated UUID.");
    assert_eq!(refusal(&format!("{PET},\"items\":[7]")), "items[0] invalid_type: Must be an object.");
}

#[test]
fn a_body_of_nothing_but_breaches_is_told_in_part() {
    let unknown: Vec<_> = (0..20_000).map(|number| format!("\"x{number}\":0")).collect();
    assert_eq!(refusals(&unknown.join(",")).len(), 33);
    let elements = vec!["7"; 20_000].join(",");
    assert_eq!(refusals(&format!("\"items\":[{elements}]")).len(), 33);
}

#[test]
fn a_body_is_an_object() {
    let pet = "\"019b4132-70aa-764f-b315-e2803d882a24\"";
    for body in ["[]", "7", "null", " \"4242\"", &format!("[{pet},1,null,null,null,null,null,null]")] {
        let Err(Error::Malformed { errors, .. }) = read(body.as_bytes(), used) else { panic!("{body}") };
        assert_eq!((errors[0].field.as_str(), errors[0].code), ("body", "invalid_type"), "{body}");
    }
}

#[test]
fn broken_json_is_malformed_before_it_is_invalid() {
    assert!(matches!(read(b"{\"count\":\"x\"", used), Err(Error::Malformed { .. })));
    assert!(matches!(read(b"{\"count\":1,\"count\":1}", used), Err(Error::Malformed { .. })));
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
