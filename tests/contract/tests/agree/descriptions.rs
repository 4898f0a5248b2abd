//! Whoever has the document alone learns what everything in it is for.

use contract::{document, resolve};
use serde_json::{Map, Value};

/// Where the document shows what something looks like, or narrows it down, rather than saying what it is.
const SHOWN: &[&str] = &["example", "examples", "default", "enum", "const", "contains", "not"];
/// Whose members each stand for a thing of their own, by name.
const NAMED: &[&str] = &["properties", "responses", "headers", "schemas", "securitySchemes"];

/// Everything that needs a description, by where it stands.
fn things(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    look("", document, &mut found);
    found
}

fn look<'d>(place: &str, value: &'d Value, found: &mut Vec<(String, &'d Value)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !SHOWN.contains(&name.as_str())) {
                look_at(&format!("{place}/{name}"), name, member, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(&format!("{place}/{index}"), item, found);
            }
        }
        _ => {}
    }
}

fn look_at<'d>(place: &str, name: &str, member: &'d Value, found: &mut Vec<(String, &'d Value)>) {
    let named = member.as_object().filter(|_| NAMED.contains(&name));
    let parameters = [member].into_iter().filter(|_| name == "parameters");
    let things: Vec<_> = match named {
        Some(named) => each(named),
        None => parameters.flat_map(entries).collect(),
    };
    if things.is_empty() {
        return look(place, member, found);
    }
    for (name, thing) in things {
        let place = format!("{place}/{name}");
        look(&place, thing, found);
        found.push((place, thing));
    }
}

/// Parameters come by name in `components`, and else one after the other.
fn entries(parameters: &Value) -> Vec<(String, &Value)> {
    match parameters {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        other => other.as_object().map(each).unwrap_or_default(),
    }
}

fn each(named: &Map<String, Value>) -> Vec<(String, &Value)> {
    named.iter().map(|(name, thing)| (name.clone(), thing)).collect()
}

fn says_something(thing: &Value, member: &str) -> bool {
    thing[member].as_str().is_some_and(|text| !text.trim().is_empty())
}

/// Described where it stands or, what is a reference, where that leads.
fn is_described(document: &Value, thing: &Value) -> bool {
    says_something(thing, "description") || says_something(resolve(document, thing).unwrap(), "description")
}

/// Every operation of paths and webhooks, by method and path.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let items = ["paths", "webhooks"].into_iter().filter_map(|part| document[part].as_object()).flatten();
    items.flat_map(|(path, item)| {
        let members = item.as_object().into_iter().flatten();
        let operations = members.filter(|(_, member)| member.get("operationId").is_some());
        operations.map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

#[test]
fn everything_says_what_it_is() {
    let document = document().unwrap();
    let things = things(&document);
    assert!(things.len() > 1_000, "only {} things were found", things.len());
    let silent = things.iter().filter(|(_, thing)| !is_described(&document, thing));
    assert_eq!(silent.map(|(place, _)| place.as_str()).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn what_says_nothing_is_found() {
    let mut document = document().unwrap();
    let places = [
        "/components/schemas/Order",
        "/components/schemas/Delivery/properties/attempts",
        "/components/schemas/ChatCompletion/properties/choices/items/properties/index",
        "/components/parameters/Cursor",
        "/components/headers/RetryAfter",
        "/components/responses/Conflict",
        "/paths/~1v1~1orders/post/responses/201",
    ];
    for place in places {
        *document.pointer_mut(&format!("{place}/description")).unwrap() = Value::from(" ");
    }
    let found: Vec<_> =
        things(&document).into_iter().filter(|(_, thing)| !is_described(&document, thing)).collect();
    for place in places {
        let place = place.replace("~1", "/");
        assert!(found.iter().any(|(silent, _)| *silent == place), "{place}");
    }
}

#[test]
fn every_operation_says_what_it_does() {
    let document = document().unwrap();
    assert!(operations(&document).count() > 30);
    for (name, operation) in operations(&document) {
        assert!(says_something(operation, "summary") && says_something(operation, "description"), "{name}");
    }
}

#[test]
fn every_operation_has_one_tag_that_is_described() {
    let document = document().unwrap();
    let tags = document["tags"].as_array().unwrap();
    assert!(tags.iter().all(|tag| says_something(tag, "description")));
    for (name, operation) in operations(&document) {
        let [tag] = operation["tags"].as_array().unwrap().as_slice() else { panic!("{name}: not one tag") };
        assert!(tags.iter().any(|known| known["name"] == *tag), "{name}: {tag}");
    }
}
