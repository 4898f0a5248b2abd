//! The template's tables, queues and event source mappings are what the code was written for.

use std::collections::BTreeMap;
use std::time::Duration;

use local::template::{Function, Index, Key, Queue, QueueMapping, Table, Template};
use payments::{provider, reconcile};
use queue::schema::{QUEUES, QueueSchema};
use serde_json::json;
use store::TableNames;
use store::schema::{TABLES, TableSchema};

/// For the last commits of a run of `reconcile`.
const COMMIT: Duration = Duration::from_secs(5);

#[test]
fn reconcile_ends_before_its_time_is_over() {
    let limit = Duration::from_secs(template().function("reconcile").unwrap().timeout_secs);
    assert!(reconcile::BEGINS_FOR + provider::TIMEOUT + COMMIT <= limit);
}

fn template() -> Template {
    Template::load().unwrap()
}

fn table_name(schema: &TableSchema) -> String {
    let names = TableNames::default();
    match schema.table {
        store::schema::Table::State => names.state,
        store::schema::Table::Deliveries => names.deliveries,
    }
}

fn key(partition: &str, sort: &str) -> Key {
    Key { partition: partition.to_owned(), sort: Some(sort.to_owned()) }
}

/// The table that `schema` asks for.
fn wanted(schema: &TableSchema, logical_id: &str) -> Table {
    let mut attributes: BTreeMap<_, _> =
        ["pk", "sk"].map(|name| (name.to_owned(), "S".to_owned())).into_iter().collect();
    let mut indexes = BTreeMap::new();
    for index in schema.indexes {
        let sort_type = if index.sort_is_number { "N" } else { "S" };
        attributes.insert(index.partition.to_owned(), "S".to_owned());
        attributes.insert(index.sort.to_owned(), sort_type.to_owned());
        let keys_only = Index { key: key(index.partition, index.sort), projection: "KEYS_ONLY".to_owned() };
        indexes.insert(index.name.to_owned(), keys_only);
    }
    Table {
        logical_id: logical_id.to_owned(),
        name: table_name(schema),
        attributes,
        key: key("pk", "sk"),
        indexes,
        stream_view: schema.streamed.then(|| "NEW_AND_OLD_IMAGES".to_owned()),
        ttl_attribute: Some("ttl".to_owned()),
        billing_mode: "PAY_PER_REQUEST".to_owned(),
        point_in_time_recovery: true,
        deletion_protection: true,
    }
}

#[test]
fn tables_are_what_the_store_asks_for() {
    let template = template();
    assert_eq!(template.tables.len(), TABLES.len());
    for schema in &TABLES {
        let name = table_name(schema);
        let table = template.tables.iter().find(|table| table.name == name);
        let table = table.unwrap_or_else(|| panic!("the template has no table {name}"));
        assert_eq!(*table, wanted(schema, &table.logical_id));
    }
}

fn queue<'t>(template: &'t Template, name: &str) -> &'t Queue {
    let full_name = format!("{}-{name}", local::template::STACK_NAME);
    let queue = template.queues.iter().find(|queue| queue.name == full_name);
    queue.unwrap_or_else(|| panic!("the template has no queue {full_name}"))
}

#[test]
fn queues_are_what_the_code_makes() {
    let template = template();
    assert_eq!(template.queues.len(), 2 * QUEUES.len() + 1, "and the sweeper's ticks");
    for schema in QUEUES {
        let (of, dead) =
            (queue(&template, schema.name.as_str()), queue(&template, &schema.dead_letters_name()));
        assert_eq!(of.visibility_timeout_secs, schema.visibility_timeout_secs, "{}", of.name);
        assert_eq!(of.retention_secs, schema.retention_secs, "{}", of.name);
        assert_eq!(of.wait_secs, schema.receive_wait_secs, "{}", of.name);
        let redrive = of.redrive.as_ref().unwrap();
        assert_eq!((&redrive.target, redrive.receives_max), (&dead.logical_id, schema.receives_max));
        assert_eq!(dead.retention_secs, schema.dead_letters_retention_secs, "{}", dead.name);
        assert_eq!(dead.redrive, None, "{}", dead.name);
    }
}

/// A message keeps the age it had, so a dead-letter queue that keeps no longer would drop it on arrival.
#[test]
fn dead_letters_live_longer() {
    for schema in QUEUES {
        assert!(schema.dead_letters_retention_secs > schema.retention_secs, "{}", schema.name);
    }
}

#[test]
fn a_dead_letter_queue_takes_from_its_own_queue_alone() {
    let template = template();
    for schema in QUEUES {
        let dead = queue(&template, &schema.dead_letters_name());
        let arn =
            format!("arn:aws:sqs:us-east-1:000000000000:{}", queue(&template, schema.name.as_str()).name);
        let expected = json!({"redrivePermission": "byQueue", "sourceQueueArns": [arn]});
        assert_eq!(dead.redrive_allow, Some(expected));
    }
}

/// Tried until then, which is two hours before the stream forgets: a batch given up later might be in no bucket.
const GIVEN_UP_SECS: i64 = 22 * 3_600;

#[test]
fn the_stream_starts_events_with_what_has_an_outbox() {
    let template = template();
    let events = template.function("events").unwrap();
    let [stream] = events.streams.as_slice() else { panic!("{:?}", events.streams) };
    let streamed = TABLES.iter().find(|schema| schema.streamed).unwrap();
    assert_eq!(template.table(&stream.table).unwrap().name, table_name(streamed));
    assert_eq!(stream.filters, [json!({"dynamodb": {"NewImage": {"outbox": {"S": ["1"]}}}})]);
    assert_eq!(stream.starting_position, "TRIM_HORIZON");
    // An event is not kept waiting for others.
    assert_eq!((stream.batch_size, stream.batching_window_secs), (100, 0));
    assert!(stream.partial_failures && stream.bisect);
    assert_eq!((stream.retry_attempts_max, stream.record_age_max_secs), (-1, GIVEN_UP_SECS));
}

#[test]
fn the_stream_starts_catalogue_with_every_record_of_a_pet() {
    let template = template();
    let catalogue = template.function("catalogue").unwrap();
    let [stream] = catalogue.streams.as_slice() else { panic!("{:?}", catalogue.streams) };
    assert_eq!(stream.table, template.function("events").unwrap().streams[0].table);
    assert_eq!(stream.filters, [json!({"dynamodb": {"Keys": {"sk": {"S": ["PET"]}}}})]);
    assert_eq!(stream.starting_position, "TRIM_HORIZON");
    assert_eq!((stream.batch_size, stream.batching_window_secs), (100, 2));
    assert!(stream.partial_failures && stream.bisect);
    assert_eq!((stream.retry_attempts_max, stream.record_age_max_secs), (-1, GIVEN_UP_SECS));
}

/// More than two readers of a shard are throttled.
#[test]
fn the_stream_has_two_readers() {
    let template = template();
    assert_eq!(template.functions.iter().map(|function| function.streams.len()).sum::<usize>(), 2);
}

fn mapping<'t>(template: &'t Template, delivery: &'t Function, schema: &QueueSchema) -> &'t QueueMapping {
    let logical_id = &queue(template, schema.name.as_str()).logical_id;
    delivery.queues.iter().find(|mapping| mapping.queue == *logical_id).unwrap()
}

#[test]
fn both_queues_start_delivery() {
    let template = template();
    let delivery = template.function("delivery").unwrap();
    assert_eq!(delivery.queues.len(), QUEUES.len());
    for schema in &QUEUES {
        let mapping = mapping(&template, delivery, schema);
        assert!(mapping.partial_failures, "{}", schema.name);
        assert_eq!(mapping.batch_size, 10, "{}", schema.name);
        assert!(mapping.concurrency_max.is_some(), "{}", schema.name);
    }
}

/// Ticks that piled up are one sweep, and one that is too late for its minute is forgotten.
#[test]
fn ticks_start_the_sweeper() {
    let template = template();
    let sweeper = template.function("sweeper").unwrap();
    let [mapping] = sweeper.queues.as_slice() else { panic!("{:?}", sweeper.queues) };
    let ticks = queue(&template, "ticks");
    assert_eq!((&mapping.queue, mapping.batch_size), (&ticks.logical_id, 10));
    assert_eq!((ticks.retention_secs, &ticks.redrive), (120, &None));
    assert_eq!(sweeper.environment["TICKS_QUEUE_URL"], ticks.logical_id.as_str());
    assert_eq!(sweeper.schedules, ["rate(1 minute)"]);
}

/// What AWS asks for, so that a message is not handed out again while its function still retries.
#[test]
fn messages_are_hidden_for_six_times_their_functions_timeout() {
    let template = template();
    for function in &template.functions {
        for mapping in &function.queues {
            let hidden_secs = u64::from(template.queue(&mapping.queue).unwrap().visibility_timeout_secs);
            assert!(hidden_secs >= 6 * function.timeout_secs, "{} of {}", mapping.queue, function.binary);
        }
    }
}

#[test]
fn buckets_are_private_and_encrypted_and_uploads_go_after_a_day() {
    let template = template();
    for bucket in &template.buckets {
        assert!(bucket.is_private && bucket.is_encrypted, "{}", bucket.logical_id);
    }
    let expires = |logical_id: &str| template.bucket(logical_id).unwrap().expires_days;
    assert_eq!(expires("UploadsBucket"), Some(blob::schema::UPLOAD_DAYS));
    assert_eq!(expires("PhotosBucket"), None);
    for binary in ["images", "prune"] {
        let environment = &template.function(binary).unwrap().environment;
        assert_eq!(environment["PHOTOS_BUCKET_NAME"], "PhotosBucket", "{binary}");
        assert_eq!(environment["UPLOADS_BUCKET_NAME"], "UploadsBucket", "{binary}");
    }
}
