//! Bad bodies: no JSON, no object, other types, members that are not there, too deep, too large, undeclared.

use serde_json::{Value, json};

use crate::bad_input::case::{Case, Problem};
use crate::bad_input::operation::Operation;

/// One byte more than a body may have.
const TOO_LARGE: usize = 256 * 1024 + 1;
/// One level more than a body may have.
const TOO_DEEP: usize = 33;

pub(crate) fn cases(operation: &Operation) -> Vec<Case> {
    if operation.is_form() {
        return forms(operation);
    }
    let Some(sample) = &operation.sample else { return Vec::new() };
    let mut cases = broken(operation, sample);
    cases.extend(undeclared(operation));
    cases.extend(wrong_types(operation, sample));
    cases.push(all_wrong(operation, sample));
    if !operation.is_open() {
        cases.extend(unknown(operation, sample));
    }
    cases
}

/// What is no form, or none of this operation's; which images are taken is told in `tests/images`.
fn forms(operation: &Operation) -> Vec<Case> {
    let media = "multipart/form-data; boundary=xyz";
    let part = |name: &str| format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n1\r\n");
    let mut cases = Vec::new();
    for body in ["", "{}", "--xyz", &format!("--abc\r\n{}", &part("file")[5..]), &part("file")] {
        cases.push(Case::of(operation, "no form", Problem::Malformed).body(body));
    }
    for parts in [String::new(), part("surprise"), part("additionalMetadata"), part("file") + &part("file")] {
        cases.push(Case::of(operation, "other parts", Problem::Invalid).body(parts + "--xyz--"));
    }
    for other in
        ["", "application/json", "application/x-www-form-urlencoded", "multipart/mixed; boundary=xyz"]
    {
        let case = Case::of(operation, "another content type", Problem::UnsupportedMediaType);
        cases.push(case.without("content-type").header("content-type", other));
    }
    let two = Case::of(operation, "two content types", Problem::UnsupportedMediaType);
    cases.push(two.header("content-type", media));
    cases.push(
        Case::of(operation, "too large", Problem::TooLarge).body(vec![b'x'; web::BINARY_BYTES_MAX + 1]),
    );
    cases.push(Case::of(operation, "no image", Problem::UnsupportedMediaType).body(part("file") + "--xyz--"));
    cases
}

fn broken(operation: &Operation, sample: &Value) -> Vec<Case> {
    let text = sample.to_string();
    let member = text.trim_start_matches('{').split(',').next().unwrap_or_default().trim_end_matches('}');
    let deep = format!("{{\"status\":{}{}}}", "[".repeat(TOO_DEEP), "]".repeat(TOO_DEEP));
    let bodies = [
        ("no body", String::new()),
        ("white space", " \n ".to_owned()),
        ("half an object", text[..text.len() / 2].to_owned()),
        ("two objects", format!("{text}{text}")),
        ("a comma at the end", text.replacen('}', ",}", 1)),
        ("a bare word", text.replacen('"', "", 2)),
        ("a repeated member", text.replacen('{', &format!("{{{member},"), 1)),
        ("half a surrogate", "{\"status\":\"\\ud800\"}".to_owned()),
        ("an endless number", "{\"status\":1e999}".to_owned()),
        ("too deep", deep),
        ("an array", format!("[{text}]")),
        ("a string", "\"SHIPPED\"".to_owned()),
        ("a number", "7".to_owned()),
        ("null", "null".to_owned()),
    ];
    let malformed = |(name, body): (&str, String)| Case::of(operation, name, Problem::Malformed).body(body);
    let mut cases: Vec<_> = bodies.into_iter().map(malformed).collect();
    cases.push(Case::of(operation, "no UTF-8", Problem::Malformed).body(b"{\"status\":\"\xff\"}"));
    let large = format!("{{\"status\":\"{}\"}}", "x".repeat(TOO_LARGE));
    cases.push(Case::of(operation, "too large", Problem::TooLarge).body(large));
    cases
}

fn undeclared(operation: &Operation) -> Vec<Case> {
    let case = |name| Case::of(operation, name, Problem::UnsupportedMediaType);
    let mut cases = vec![case("no content type").without("content-type")];
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""] {
        cases.push(case("another content type").without("content-type").header("content-type", media));
    }
    cases.push(case("two content types").header("content-type", "application/json"));
    cases
}

/// Every member of `sample`, and every member of it, as every other type.
fn wrong_types(operation: &Operation, sample: &Value) -> Vec<Case> {
    let problem = if operation.is_callback() { Problem::Malformed } else { Problem::Invalid };
    let mut cases = Vec::new();
    for path in members(sample) {
        let pointer = format!("/{}", path.replace('.', "/"));
        let good = sample.pointer(&pointer).unwrap_or(&Value::Null);
        for bad in [json!("?"), json!(-1.5), json!(true), json!([[]]), json!({"?": {}})] {
            if std::mem::discriminant(good) == std::mem::discriminant(&bad) && !good.is_number() {
                continue;
            }
            let mut body = sample.clone();
            if let Some(member) = body.pointer_mut(&pointer) {
                *member = bad.clone();
            }
            let mut case = Case::of(operation, format!("{path} as {bad}"), problem).body(body.to_string());
            case.fields = vec![path.clone()];
            cases.push(case);
        }
    }
    cases
}

/// Every member of `sample` and of its members as another type, and one that nobody knows: all are told at once.
fn all_wrong(operation: &Operation, sample: &Value) -> Case {
    let problem = if operation.is_callback() { Problem::Malformed } else { Problem::Invalid };
    let (mut body, mut fields) = (sample.clone(), Vec::new());
    for path in members(sample) {
        match body.pointer_mut(&format!("/{}", path.replace('.', "/"))) {
            Some(member) if !member.is_object() => {
                *member = if member.is_boolean() { json!("?") } else { json!(true) };
                fields.push(path);
            }
            _ => {}
        }
    }
    if !operation.is_open() {
        body["surprise"] = json!(1);
        fields.push("surprise".to_owned());
    }
    Case { fields, ..Case::of(operation, "everything wrong", problem).body(body.to_string()) }
}

fn unknown(operation: &Operation, sample: &Value) -> Vec<Case> {
    let mut places = vec![String::new()];
    places.extend(members(sample).into_iter().map(|path| format!("/{}", path.replace('.', "/"))));
    let mut cases = Vec::new();
    for place in places {
        let mut body = sample.clone();
        // The names of an endpoint's headers are its own.
        let Some(Value::Object(object)) = body.pointer_mut(&place).filter(|_| place != "/headers") else {
            continue;
        };
        object.insert("surprise".to_owned(), json!(1));
        let name = format!("an unknown member in {place:?}");
        let mut case = Case::of(operation, name, Problem::Invalid).body(body.to_string());
        let path = format!("{}.surprise", place.trim_start_matches('/').replace('/', "."));
        case.fields = vec![path.trim_start_matches('.').to_owned()];
        cases.push(case);
    }
    cases
}

/// Every member and their members: `source`, `source.number`.
fn members(value: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    for (name, member) in value.as_object().into_iter().flatten() {
        paths.push(name.clone());
        paths.extend(members(member).into_iter().map(|inner| format!("{name}.{inner}")));
    }
    paths
}
