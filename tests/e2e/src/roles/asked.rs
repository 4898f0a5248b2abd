//! What a request to DynamoDB asks for, as IAM sees it: actions on tables and indexes, and the partition keys of the items.

use std::fmt;

use local::template::{Table, Template};
use serde_json::Value;

/// One action on one table or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// `dynamodb:GetItem`.
    pub(super) action: String,
    /// `Table.Arn`, `Table.Arn/index/feed`; empty for none.
    pub(super) resource: String,
    /// Partition keys of the items, as far as the request names them.
    pub(super) leading: Vec<String>,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} of {:?}", self.action, self.resource, self.leading)
    }
}

/// What `operation` with the request `body` asks for.
pub(super) fn of(template: &Template, operation: &str, body: &Value) -> Vec<Asked> {
    let one = |action: &str, part: &Value, leading: Vec<String>| vec![asked(template, action, part, leading)];
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => one(operation, body, key(&body["Key"])),
        "PutItem" => one(operation, body, key(&body["Item"])),
        "Query" => one(operation, body, partition(template, body)),
        "BatchGetItem" => of_tables(template, operation, &body["RequestItems"]),
        "TransactWriteItems" => of_transaction(template, body),
        "ExecuteStatement" => vec![of_statement(template, body)],
        "BatchExecuteStatement" => body["Statements"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| of_statement(template, one))
            .collect(),
        // Whatever else a function asks for has to be allowed by name and without a condition on keys.
        _ => one(operation, body, vec![String::new()]),
    }
}

fn asked(template: &Template, action: &str, part: &Value, leading: Vec<String>) -> Asked {
    let table = table(template, part["TableName"].as_str().unwrap_or_default());
    let mut resource = table.map(|table| format!("{}.Arn", table.logical_id)).unwrap_or_default();
    if let Some(index) = part["IndexName"].as_str() {
        resource.push_str(&format!("/index/{index}"));
    }
    Asked { action: format!("dynamodb:{action}"), resource, leading }
}

fn table<'a>(template: &'a Template, name: &str) -> Option<&'a Table> {
    template.tables.iter().find(|table| table.name == name)
}

fn key(item: &Value) -> Vec<String> {
    item["pk"]["S"].as_str().map(str::to_owned).into_iter().collect()
}

/// The value that a query holds its partition key against.
fn partition(template: &Template, body: &Value) -> Vec<String> {
    let table = table(template, body["TableName"].as_str().unwrap_or_default());
    let index = body["IndexName"].as_str();
    let attribute = table.and_then(|table| match index {
        Some(index) => table.indexes.get(index).map(|index| index.key.partition.as_str()),
        None => Some(table.key.partition.as_str()),
    });
    let condition = body["KeyConditionExpression"].as_str().unwrap_or_default();
    let named = |text: &str| body["ExpressionAttributeNames"][text].as_str().unwrap_or(text).to_owned();
    let value = condition.split(" AND ").find_map(|part| {
        let (name, value) = part.split_once('=')?;
        (Some(named(name.trim()).as_str()) == attribute).then_some(value.trim())
    });
    let value = value.and_then(|name| body["ExpressionAttributeValues"][name]["S"].as_str());
    value.map(str::to_owned).into_iter().collect()
}

fn of_tables(template: &Template, action: &str, tables: &Value) -> Vec<Asked> {
    let tables = tables.as_object().into_iter().flatten();
    tables
        .map(|(name, request)| {
            let leading = request["Keys"].as_array().into_iter().flatten().flat_map(key).collect();
            asked(template, action, &serde_json::json!({"TableName": name}), leading)
        })
        .collect()
}

fn of_transaction(template: &Template, body: &Value) -> Vec<Asked> {
    let items = body["TransactItems"].as_array().into_iter().flatten();
    let parts = items.flat_map(|item| item.as_object().into_iter().flatten());
    parts
        .map(|(name, part)| {
            let (action, item) = match name.as_str() {
                "Put" => ("PutItem", "Item"),
                "Update" => ("UpdateItem", "Key"),
                "Delete" => ("DeleteItem", "Key"),
                _ => ("ConditionCheckItem", "Key"),
            };
            asked(template, action, part, key(&part[item]))
        })
        .collect()
}

/// `INSERT INTO "petstore-deliveries" VALUE {'pk':?,…}`, `UPDATE "petstore-deliveries" SET … WHERE pk=? AND sk=?`.
fn of_statement(template: &Template, part: &Value) -> Asked {
    let text = part["Statement"].as_str().unwrap_or_default();
    let (verb, before_key) = match text.split(' ').next() {
        Some("INSERT") => ("Insert", "'pk':?"),
        Some("UPDATE") => ("Update", "pk=?"),
        Some("DELETE") => ("Delete", "pk=?"),
        _ => ("Select", "pk=?"),
    };
    let nth = text.find(before_key).map(|at| text[..at].matches('?').count());
    let value = nth.and_then(|nth| part["Parameters"][nth]["S"].as_str());
    let name = text.split('"').nth(1).unwrap_or_default();
    let leading = value.map(str::to_owned).into_iter().collect();
    asked(template, &format!("PartiQL{verb}"), &serde_json::json!({"TableName": name}), leading)
}
