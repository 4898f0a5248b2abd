//! `Idempotency-Key`: what a client repeats has one effect and one answer.

mod keys;
mod repeats;
mod running;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Scope;
use domain::id::OrderId;
use e2e::{World, id};
use platform::clock;
use serde_json::Value;
use store::Commit;

/// The header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";

fn fresh_key() -> String {
    clock::fresh_id().to_string()
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Every row of the state table with this sort key.
#[expect(clippy::unwrap_used, reason = "a test that cannot read the table has failed")]
async fn rows(world: &World, sk: &str) -> Vec<HashMap<String, AttributeValue>> {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let scan = client.scan().table_name(store::TableNames::default().state).filter_expression("sk = :key");
    let found =
        scan.expression_attribute_values(":key", AttributeValue::S(sk.to_owned())).send().await.unwrap();
    assert!(!found.items().is_empty());
    found.items.unwrap_or_default()
}

/// Sets an attribute of every stored record of a key, as only time or a crash would.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
async fn overwrite_records(world: &World, name: &str, value: AttributeValue) {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    for item in rows(world, "KEY").await {
        let update = client.update_item().table_name(store::TableNames::default().state);
        let update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value.clone()).send().await.unwrap();
    }
}

/// Lets the provider forget every payment and refund.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
pub(crate) async fn forget_ledger(world: &World) {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    for item in rows(world, "LEDGER").await {
        let delete = client.delete_item().table_name(store::TableNames::default().state);
        delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
    }
}

/// Moves the start of the order's running operation back by `ms`.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
pub(crate) async fn begun_earlier(world: &World, order: &Value, ms: i64) {
    let id = OrderId::parse(id(order)).unwrap();
    let mut order = world.store.order_fetch(Scope::Shared, id).await.unwrap().unwrap();
    let active = order.active_operation.as_mut().unwrap();
    (active.started_at, active.due) = (active.started_at.plus_ms(-ms), active.due.plus_ms(-ms));
    (order.version, order.events) = (order.version + 1, Vec::new());
    assert_eq!(world.store.transaction().replace("order", &order).commit().await.unwrap(), Commit::Done);
}
