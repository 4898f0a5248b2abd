use local::template::Template;
use serde_json::json;

use super::asked::{Asked, of};
use super::{allows, like};

#[test]
fn patterns_are_iams() {
    for (pattern, text) in [("T#*#C#*", "T#shared#C#x#1"), ("*", ""), ("a?c", "abc"), ("T#*", "T#"), ("", "")]
    {
        assert!(like(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in
        [("T#*#C#*", "T#shared#U#x"), ("a?c", "ac"), ("T#*#A", "T#x#Ab"), ("", "a"), ("?", "")]
    {
        assert!(!like(pattern, text), "{pattern} {text}");
    }
}

/// What the template lets `function` do with the item `pk` of a table.
fn may(function: &str, action: &str, table: &str, pk: &str) -> bool {
    let template = Template::load().unwrap();
    let role = template.role_of(function).unwrap();
    let (action, resource) = (format!("dynamodb:{action}"), format!("{table}.Arn"));
    allows(role, &Asked { action, resource, leading: vec![pk.to_owned()] })
}

const USER: &str = "T#shared#U#019b4138-e0af-70b9-8f0c-6ea97d495dfa";
const NAME: &str = "T#shared#N#ada";
const ORDER: &str = "T#shared#O#019b4139-1234-7abc-8def-123456789abc";
const PET: &str = "T#shared#P#019b4132-70aa-764f-b315-e2803d882a24";
const FAMILY: &str = "T#shared#R#019b4138-e0af-70b9-8f0c-6ea97d495dfa";
const ENDPOINT: &str = "T#550e8400-e29b-41d4-a716-446655440000#E";
const CALLBACK_SECRETS: &str = "T#shared#S#019b4138-e0af-70b9-8f0c-6ea97d495dfa";
const DELIVERY: &str = "T#shared#D#019b4140-0a1b-7c2d-8e3f-405162738495#20000#1";

/// Which functions may do it, in alphabetical order: the template's own order says nothing.
fn who(actions: &[&str], table: &str, pk: &str) -> Vec<String> {
    let mut functions: Vec<_> =
        Template::load().unwrap().functions.into_iter().map(|function| function.binary).collect();
    functions.sort_unstable();
    functions.dedup();
    functions.retain(|function| actions.iter().any(|action| may(function, action, table, pk)));
    functions
}

const WRITES: &[&str] =
    &["PutItem", "UpdateItem", "DeleteItem", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"];

#[test]
fn who_may_write_what() {
    assert_eq!(who(WRITES, "Table", USER), ["users"]);
    assert_eq!(who(WRITES, "Table", NAME), ["users"]);
    assert_eq!(who(WRITES, "Table", FAMILY), ["oauth"]);
    assert_eq!(
        who(WRITES, "Table", ORDER),
        ["callbacks", "events", "orders", "payments", "reconcile", "sweeper"]
    );
    assert_eq!(who(WRITES, "Table", PET), ["images", "orders", "payments", "pets", "reconcile", "sweeper"]);
    assert_eq!(who(WRITES, "DeliveriesTable", ENDPOINT), ["delivery", "webhooks"]);
    assert_eq!(who(WRITES, "DeliveriesTable", CALLBACK_SECRETS), ["webhooks"]);
    assert_eq!(who(WRITES, "DeliveriesTable", DELIVERY), ["delivery", "events", "sweeper", "webhooks"]);
}

/// A user's row has the hash of their password, a name's leads to it.
#[test]
fn who_may_look_for_users_by_name() {
    assert_eq!(who(&["GetItem", "Query", "BatchGetItem", "Scan"], "Table", NAME), ["oauth", "users"]);
    assert_eq!(who(&["Query", "BatchGetItem", "Scan"], "Table", USER), Vec::<String>::new());
}

#[test]
fn no_function_may_read_a_whole_table() {
    for table in ["Table", "DeliveriesTable"] {
        assert_eq!(who(&["Scan"], table, ""), Vec::<String>::new());
    }
}

#[test]
fn a_request_asks_for_what_it_says() {
    let template = Template::load().unwrap();
    let text = |operation: &str, body: serde_json::Value| {
        of(&template, operation, &body).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        text("GetItem", json!({"TableName": "petstore", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}})),
        [r#"dynamodb:GetItem on Table.Arn of ["a"]"#]
    );
    let query = json!({"TableName": "petstore-deliveries", "IndexName": "due",
        "KeyConditionExpression": "due_pk = :partition AND due_at <= :by",
        "ExpressionAttributeValues": {":partition": {"S": "DUE#01"}, ":by": {"N": "1"}}});
    assert_eq!(text("Query", query), [r#"dynamodb:Query on DeliveriesTable.Arn/index/due of ["DUE#01"]"#]);
    let transaction = json!({"TransactItems": [
        {"Put": {"TableName": "petstore", "Item": {"pk": {"S": "a"}}}},
        {"ConditionCheck": {"TableName": "petstore", "Key": {"pk": {"S": "b"}}}}]});
    assert_eq!(
        text("TransactWriteItems", transaction),
        [r#"dynamodb:PutItem on Table.Arn of ["a"]"#, r#"dynamodb:ConditionCheckItem on Table.Arn of ["b"]"#]
    );
    let update = json!({"Statements": [{"Parameters": [{"N": "1"}, {"S": "a"}, {"S": "b"}],
        "Statement": "UPDATE \"petstore-deliveries\" SET \"x\"=? WHERE pk=? AND sk=?"}]});
    assert_eq!(
        text("BatchExecuteStatement", update),
        [r#"dynamodb:PartiQLUpdate on DeliveriesTable.Arn of ["a"]"#]
    );
}
