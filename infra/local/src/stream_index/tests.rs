//! That the 50,000th write costs what the first thousand did, that trimming trims, and that another schema is no end.

use std::time::Instant;

use dynoxide::Database;
use serde_json::{Value as Json, json};

use super::*;

const TABLE: &str = "things";

fn request<T: serde::de::DeserializeOwned>(json: Json) -> T {
    serde_json::from_value(json).unwrap()
}

fn streamed(path: &Path) -> Database {
    let database = Database::new(path.to_str().unwrap()).unwrap();
    database.enable_bulk_loading().unwrap();
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

fn item(number: usize) -> Json {
    json!({"pk": {"S": format!("item-{number}")}, "text": {"S": "x".repeat(250)}})
}

fn write(database: &Database, number: usize) {
    database.put_item(request(json!({"TableName": TABLE, "Item": item(number)}))).unwrap();
}

fn write_25(database: &Database, from: usize) {
    let puts: Vec<_> =
        (from..from + 25).map(|number| json!({"PutRequest": {"Item": item(number)}})).collect();
    database.batch_write_item(request(json!({"RequestItems": {TABLE: puts}}))).unwrap();
}

/// Nanoseconds that this thread has run, where the system tells: time spent waiting for a core is no cost of a write.
/// The system counts in steps of a few milliseconds, which a thousand writes take many of.
fn running_nanos(since: Instant) -> u128 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split(' ').next()?.parse().ok());
    told.unwrap_or_else(|| since.elapsed().as_nanos())
}

/// What a thousand writes cost.
fn thousand(database: &Database, from: usize) -> u128 {
    let start = Instant::now();
    let before = running_nanos(start);
    (from..from + 1_000).for_each(|number| write(database, number));
    running_nanos(start) - before
}

/// A new database with the indexes.
fn indexed(folder: &Path) -> Database {
    let path = folder.join(format!("{}.sqlite", uuid::Uuid::new_v4()));
    let database = streamed(&path);
    let _index = StreamIndex::add(&path).unwrap();
    database
}

#[test]
fn the_50_000th_streamed_write_costs_at_most_a_fifth_more_than_the_first_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let old = indexed(folder.path());
    (0..49_000).step_by(25).for_each(|number| write_25(&old, number));

    // A busy machine only ever adds to a measurement, so the least of several is the nearest to the truth; new and
    // old take turns, so that a slow spell meets both.
    let (mut first, mut later) = (u128::MAX, u128::MAX);
    for round in 0..5 {
        first = first.min(thousand(&indexed(folder.path()), 0));
        later = later.min(thousand(&old, 49_000 + round * 1_000));
    }
    let ratio = later as f64 / first as f64;
    assert!(ratio <= 1.2, "a thousand writes cost {first} ns at first, {later} ns at last: {ratio:.2}");
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
