//! Pets: replaced, deleted, listed, searched and counted.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod cursor;
mod entries;
mod inventory;
mod list;
mod records;
mod remove;
mod replace;

use e2e::id;
use serde_json::{Value, json};

/// Where a pet lives.
fn path(pet: &Value) -> String {
    format!("/v1/pets/{}", id(pet))
}

/// The same pet with another member.
fn with(pet: &Value, member: &str, value: impl Into<Value>) -> Value {
    let mut changed = pet.clone();
    changed[member] = value.into();
    changed
}

/// What an order of the pet asks for.
fn order_of(pet: &Value) -> Value {
    json!({"petId": pet["id"]})
}
