//! PartiQL of single writes, every value a parameter.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html>

use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementRequest, ReturnValuesOnConditionCheckFailure};
use domain::{Error, Result};

use crate::item::{Item, string};
use crate::key::Key;

/// What must hold of an item for a statement to change it.
pub(crate) enum Condition {
    /// An attribute has this value.
    Is(&'static str, AttributeValue),
    /// An attribute's value is below this one.
    Below(&'static str, AttributeValue),
}

/// Puts `item` where nothing stands.
pub(crate) fn insert(table: &str, item: Item) -> Result<BatchStatementRequest> {
    let (mut members, mut parameters) = (Vec::with_capacity(item.len()), Vec::with_capacity(item.len()));
    for (name, value) in item {
        members.push(format!("'{name}':?"));
        parameters.push(value);
    }
    request(format!("INSERT INTO \"{table}\" VALUE {{{}}}", members.join(",")), parameters)
}

/// Changes the item `key`, if each of `conditions` holds of it: of `names` those that `changed` has get its value, the
/// others are removed.
pub(crate) fn update(
    table: &str,
    key: Key,
    names: &[&str],
    mut changed: Item,
    conditions: Vec<Condition>,
) -> Result<BatchStatementRequest> {
    let (mut text, mut removed, mut parameters) = (format!("UPDATE \"{table}\""), String::new(), Vec::new());
    for name in names {
        match changed.remove(*name) {
            Some(value) => {
                text.push_str(&format!(" SET \"{name}\"=?"));
                parameters.push(value);
            }
            None => removed.push_str(&format!(" REMOVE \"{name}\"")),
        }
    }
    text.push_str(&removed);
    text.push_str(" WHERE pk=? AND sk=?");
    parameters.extend([string(key.pk), string(key.sk)]);
    for condition in conditions {
        let (name, comparison, value) = match condition {
            Condition::Is(name, value) => (name, '=', value),
            Condition::Below(name, value) => (name, '<', value),
        };
        text.push_str(&format!(" AND \"{name}\"{comparison}?"));
        parameters.push(value);
    }
    request(text, parameters)
}

/// The same statement; refused, it tells the item that its condition does not hold of.
pub(crate) fn telling(mut statement: BatchStatementRequest) -> BatchStatementRequest {
    let told = ReturnValuesOnConditionCheckFailure::AllOld;
    statement.return_values_on_condition_check_failure = Some(told);
    statement
}

fn request(statement: String, parameters: Vec<AttributeValue>) -> Result<BatchStatementRequest> {
    let built =
        BatchStatementRequest::builder().statement(statement).set_parameters(Some(parameters)).build();
    built.map_err(|error| Error::internal("statement", error))
}
