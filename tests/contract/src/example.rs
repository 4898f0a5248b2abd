//! The document's own examples: where they stand, which way they go, and whether they satisfy their schemas.

use std::sync::Arc;

use serde_json::Value;

use crate::document::{Direction, resolve};
use crate::schema::{Schema, Schemas};

/// A place that has a schema and may have examples: a body, a header, a parameter, or a schema itself.
#[derive(Debug)]
pub struct Site<'d> {
    /// JSON pointer, unescaped.
    pub place: String,
    /// Who sends what stands there.
    pub direction: Direction,
    node: &'d Value,
}

impl<'d> Site<'d> {
    /// Whether it is the body of a request or of an answer.
    #[must_use]
    pub fn is_body(&self) -> bool {
        self.place.contains("/content/")
    }

    /// Its examples: one `example`, named `examples` that may be references, or a schema's list.
    ///
    /// # Errors
    /// When a reference leads nowhere or a named example has no value.
    pub fn examples(&self, document: &'d Value) -> Result<Vec<&'d Value>, String> {
        let value = |named: &'d Value| {
            let value = resolve(document, named)?.get("value");
            value.ok_or_else(|| format!("{}: an example has no value", self.place))
        };
        match (self.node.get("example"), self.node.get("examples")) {
            (Some(example), _) => Ok(vec![example]),
            (None, Some(Value::Array(examples))) => Ok(examples.iter().collect()),
            (None, Some(Value::Object(named))) => named.values().map(value).collect(),
            _ => Ok(Vec::new()),
        }
    }

    fn schema(&self) -> &'d Value {
        self.node.get("schema").unwrap_or(self.node)
    }
}

/// Every site of the document.
#[must_use]
pub fn sites(document: &Value) -> Vec<Site<'_>> {
    let mut sites = Vec::new();
    collect(document, "", Direction::Response, &mut sites);
    sites
}

/// What is wrong with the examples, and how many there are.
///
/// # Errors
/// When a schema does not compile or a reference leads nowhere.
pub fn breaches(document: &Value) -> Result<(usize, Vec<String>), String> {
    let compiler = |direction| Schemas::new(document, direction);
    let (mut requests, mut responses) = (compiler(Direction::Request), compiler(Direction::Response));
    let (mut count, mut breaches) = (0, Vec::new());
    for site in sites(document) {
        let schemas = if site.direction == Direction::Request { &mut requests } else { &mut responses };
        let schema: Arc<Schema> = schemas.compile(site.schema())?;
        for example in site.examples(document)? {
            count += 1;
            breaches.extend(schema.check(example).err().map(|reason| format!("{}: {reason}", site.place)));
        }
    }
    Ok((count, breaches))
}

fn collect<'d>(node: &'d Value, place: &str, direction: Direction, sites: &mut Vec<Site<'d>>) {
    let Some(members) = node.as_object() else {
        let items = node.as_array().into_iter().flatten().enumerate();
        items.for_each(|(index, item)| collect(item, &format!("{place}/{index}"), direction, sites));
        return;
    };
    let is_schema = node.get("examples").is_some_and(Value::is_array);
    if members.contains_key("schema") || is_schema {
        sites.push(Site { place: place.to_owned(), direction, node });
    }
    for (name, member) in members {
        if !matches!(name.as_str(), "example" | "examples" | "schema") {
            let place = format!("{place}/{name}");
            collect(member, &place, direction_of(name, &place, direction), sites);
        }
    }
}

/// Clients send request bodies and parameters to us; in webhooks and callbacks we send them.
fn direction_of(name: &str, place: &str, direction: Direction) -> Direction {
    let is_ours = place.starts_with("/webhooks/") || place.contains("/callbacks/");
    match name {
        "requestBody" | "parameters" if !is_ours => Direction::Request,
        "responses" | "requestBody" => Direction::Response,
        _ => direction,
    }
}
