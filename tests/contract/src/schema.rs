//! JSON Schema 2020-12, the dialect of OpenAPI 3.1.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::document::{Direction, directed};

/// Breaches named in one reason.
const BREACHES_MAX: usize = 5;

/// Compiles schemas of one document, each once.
pub(crate) struct Schemas {
    components: Value,
    direction: Direction,
    compiled: BTreeMap<String, Arc<Schema>>,
}

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema(Validator);

impl Schemas {
    pub(crate) fn new(document: &Value, direction: Direction) -> Self {
        let components = json!({"schemas": directed(&document["components"]["schemas"], direction)});
        Self { components, direction, compiled: BTreeMap::new() }
    }

    pub(crate) fn compile(&mut self, schema: &Value) -> Result<Arc<Schema>, String> {
        let text = schema.to_string();
        if let Some(known) = self.compiled.get(&text) {
            return Ok(Arc::clone(known));
        }
        let whole = json!({"allOf": [directed(schema, self.direction)], "components": self.components});
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole);
        let schema = Arc::new(Schema(validator.map_err(|error| format!("{text} is no schema: {error}"))?));
        self.compiled.insert(text, Arc::clone(&schema));
        Ok(schema)
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
