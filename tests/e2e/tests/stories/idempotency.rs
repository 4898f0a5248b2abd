//! `Idempotency-Key`: what a client repeats has one effect and one answer.

mod keys;
mod repeats;
mod running;

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::World;
use platform::clock;

/// The header of an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";

fn fresh_key() -> String {
    clock::fresh_id().to_string()
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Sets an attribute of every stored record of a key, as only time or a crash would.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
async fn overwrite_records(world: &World, name: &str, value: AttributeValue) {
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let table = store::TableNames::default().state;
    let scan = client.scan().table_name(&table).filter_expression("sk = :key");
    let found =
        scan.expression_attribute_values(":key", AttributeValue::S("KEY".to_owned())).send().await.unwrap();
    assert!(!found.items().is_empty());
    for item in found.items() {
        let update = client
            .update_item()
            .table_name(&table)
            .key("pk", item["pk"].clone())
            .key("sk", item["sk"].clone());
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value.clone()).send().await.unwrap();
    }
}
