//! JSON Schema 2020-12, the dialect of OpenAPI 3.1.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::document::{Direction, directed};

/// Breaches named in one reason.
const BREACHES_MAX: usize = 5;

/// Compiles schemas of one document, each once.
pub(crate) struct Schemas {
    components: Value,
    direction: Direction,
    /// By its text.
    compiled: BTreeMap<String, Arc<Schema>>,
}

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema(Validator);

impl Schemas {
    pub(crate) fn new(document: &Value, direction: Direction) -> Self {
        let components = directed(&document["components"]["schemas"], direction);
        Self { components, direction, compiled: BTreeMap::new() }
    }

    pub(crate) fn compile(&mut self, schema: &Value) -> Result<Arc<Schema>, String> {
        let text = schema.to_string();
        if let Some(known) = self.compiled.get(&text) {
            return Ok(Arc::clone(known));
        }
        let schema = directed(schema, self.direction);
        let mut used = Map::new();
        self.collect(&schema, &mut used);
        let whole = json!({"allOf": [schema], "components": {"schemas": used}});
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole);
        let schema = Arc::new(Schema(validator.map_err(|error| format!("{text} is no schema: {error}"))?));
        self.compiled.insert(text, Arc::clone(&schema));
        Ok(schema)
    }

    /// The components that `schema` leads to: the compiler looks at everything it is given.
    fn collect(&self, schema: &Value, used: &mut Map<String, Value>) {
        let name = schema["$ref"].as_str().and_then(|to| to.strip_prefix("#/components/schemas/"));
        if let Some(name) = name.filter(|name| !used.contains_key(*name)) {
            let component = &self.components[name];
            used.insert(name.to_owned(), component.clone());
            self.collect(component, used);
        }
        let (members, items) = (schema.as_object().into_iter(), schema.as_array().into_iter());
        members.flat_map(Map::values).chain(items.flatten()).for_each(|inner| self.collect(inner, used));
    }
}

impl Schema {
    /// Holds `value` against the schema.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        let breaches: Vec<_> = self
            .0
            .iter_errors(value)
            .take(BREACHES_MAX)
            .map(|error| format!("at \"{}\": {error}", error.instance_path()))
            .collect();
        if breaches.is_empty() { Ok(()) } else { Err(breaches.join("; ")) }
    }

    /// Holds JSON text against the schema.
    pub(crate) fn check_json(&self, text: &[u8]) -> Result<(), String> {
        self.check(&parse(text)?)
    }

    /// Holds a header's text against the schema: as the integer it spells where an integer is wanted, else as it is.
    pub(crate) fn check_text(&self, text: &str) -> Result<(), String> {
        let number = text.parse::<i64>().ok().filter(|number| self.0.is_valid(&json!(number)));
        if number.is_some() { Ok(()) } else { self.check(&json!(text)) }
    }
}

pub(crate) fn parse(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|error| format!("the body is no JSON: {error}"))
}
