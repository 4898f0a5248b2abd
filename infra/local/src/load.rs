//! Filling the emulator with a catalogue, past HTTP, SDK and stream: for tests and benchmarks.

use std::collections::HashMap;
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue as Sdk;
use domain::Scope;
use domain::catalogue::SHELF_PETS;
use domain::pet::Pet;
use dynoxide::{AttributeValue, Database, ImportOptions, Item};
use store::schema::Table;
use store::{Loader, Row, TableNames};

use crate::dynamodb::beside;
use crate::error::StartError;

/// Rows of one import.
const CHUNK: usize = 16_384;

/// Puts `pets`, in the order in which they came, and their catalogue into a pool that has neither, past the emulator
/// that serves the file at `database`.
///
/// # Errors
/// When the emulator refuses.
pub fn catalogue(database: &Path, scope: Scope, pets: impl Iterator<Item = Pet>) -> Result<(), StartError> {
    let step =
        |error: &dyn std::error::Error| StartError::Step { what: "load pets", reason: error.to_string() };
    let database = &beside(database).map_err(|error| step(&error))?;
    let (mut loader, mut rows, mut pets) = (Loader::new(scope), Vec::new(), pets.peekable());
    while pets.peek().is_some() {
        let shelf: Vec<_> = pets.by_ref().take(SHELF_PETS as usize).collect();
        rows.extend(loader.shelf(&shelf).map_err(|error| step(&error))?);
        if rows.len() >= CHUNK {
            import(database, std::mem::take(&mut rows)).map_err(|error| step(&error))?;
        }
    }
    rows.extend(loader.finish().map_err(|error| step(&error))?);
    import(database, rows).map_err(|error| step(&error))
}

fn import(database: &Database, rows: Vec<Row>) -> dynoxide::Result<()> {
    let names = TableNames::default();
    let (state, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(table, _)| *table == Table::State);
    for (name, rows) in [(names.state, state), (names.deliveries, rest)] {
        let items = rows.into_iter().map(|(_, row)| item(row)).collect();
        database.import_items(&name, items, ImportOptions::default())?;
    }
    Ok(())
}

fn item(row: HashMap<String, Sdk>) -> Item {
    row.into_iter().map(|(name, value)| (name, attribute(value))).collect()
}

/// Of the types that our rows of pets are made of.
fn attribute(value: Sdk) -> AttributeValue {
    match value {
        Sdk::S(text) => AttributeValue::S(text),
        Sdk::N(number) => AttributeValue::N(number),
        Sdk::Bool(flag) => AttributeValue::BOOL(flag),
        Sdk::L(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Sdk::M(members) => {
            let members: HashMap<_, _> =
                members.into_iter().map(|(name, value)| (name, attribute(value))).collect();
            AttributeValue::M(members)
        }
        _ => AttributeValue::NULL(true),
    }
}
