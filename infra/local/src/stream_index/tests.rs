//! That what is asked of the stream is looked up and never scanned for, that trimming trims, and that another schema is no
//! end.

use dynoxide::Database;
use serde_json::{Value as Json, json};

use super::*;

const TABLE: &str = "things";

fn request<T: serde::de::DeserializeOwned>(json: Json) -> T {
    serde_json::from_value(json).unwrap()
}

fn streamed(path: &Path) -> Database {
    let database = Database::new(path.to_str().unwrap()).unwrap();
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    database.create_table(request(table)).unwrap();
    database
}

/// What dynoxide asks at every streamed write and at every read of a shard (its `storage.rs`), and what trimming asks.
const ASKED: [&str; 4] = [
    "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1",
    "SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity, event_id
     FROM _stream_records
     WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
     ORDER BY CAST(sequence_number AS INTEGER) ASC
     LIMIT ?4",
    NEWEST_TO_REMOVE,
    REMOVE,
];

/// How SQLite goes about `sql`, step by step.
fn plan(path: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    // Parameters stand for null: a plan does not depend on them.
    let steps = statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>();
    steps.unwrap()
}

#[test]
fn whatever_is_asked_of_the_stream_is_looked_up_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dynamodb.sqlite");
    let _database = streamed(&path);
    let _index = StreamIndex::add(&path).unwrap();
    for sql in ASKED {
        let steps = plan(&path, sql);
        let on_stream: Vec<_> = steps.iter().filter(|step| step.contains("_stream_records")).collect();
        let is_lookup = |step: &&&String| {
            step.starts_with("SEARCH")
                && (step.contains("petstore_stream_by_") || step.contains("PRIMARY KEY"))
        };
        assert!(!on_stream.is_empty() && on_stream.iter().all(|step| is_lookup(&step)), "{sql}: {steps:?}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}: {steps:?}");
    }
}

fn records(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT count(*) FROM _stream_records", [], |row| row.get(0)).unwrap()
}

/// Fills the stream by hand, one record a microsecond, the newest at `now_ms`.
fn fill(path: &Path, count: i64, now_ms: i64) {
    let mut connection = Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    for number in 0..count {
        let sequence = (now_ms * 1_000 - count + number + 1).to_string();
        let sql = "INSERT INTO _stream_records (table_name, event_name, keys_json, sequence_number, shard_id, created_at)
                   VALUES (?1, 'INSERT', '{}', ?2, 'shard', 0)";
        transaction.execute(sql, params![TABLE, sequence]).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn records_behind_the_checkpoint_go_and_the_newest_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dynamodb.sqlite");
    let _database = streamed(&path);
    let index = StreamIndex::add(&path).unwrap();
    let now_ms = 1_800_000_000_000;
    fill(&path, 10_500, now_ms);

    assert!(!index.trim(TABLE, None, now_ms).unwrap(), "nothing was read, so nothing may go");
    assert_eq!(records(&path), 10_500);

    let checkpoint = (PUBLIC_OFFSET + now_ms as u128 * 1_000).to_string();
    while index.trim(TABLE, Some(&checkpoint), now_ms).unwrap() {}
    assert_eq!(records(&path), i64::from(KEPT));

    while index.trim(TABLE, None, now_ms + 25 * 60 * 60 * 1_000).unwrap() {}
    assert_eq!(records(&path), 0, "a day later they go, read or not");
}

#[test]
fn another_schema_is_a_warning_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE records (id INTEGER)").unwrap();
    assert!(StreamIndex::add(&path).is_none());
}
