//! What the machine can do at this moment: the CPU time of one lone write by the bare SDK. Machines differ, and a shared
//! one differs from hour to hour; what a delivery costs in such writes differs far less.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use local::sdk;
use platform::aws::AwsConfig;
use uuid::Uuid;

use crate::process::own_threads_ms;
use crate::{Result, roles};

const TABLE: &str = "yardstick";
const WRITES: u32 = 2_000;
/// As many bytes as a delivery's row.
const ITEM_BYTES: usize = 900;

/// CPU milliseconds of one `PutItem` of 0.9 KB to DynamoDB at `endpoint`, one after the other on a thread of their own.
pub(crate) async fn lone_write_ms(endpoint: &str) -> Result<f64> {
    let thread = roles::thread(TABLE)?;
    let client = sdk::dynamodb(&AwsConfig::emulator(endpoint));
    thread.spawn(create(client.clone())).await??;
    // The first tenth warms up.
    thread.spawn(write(client.clone(), WRITES / 10)).await??;
    let before = own_threads_ms(TABLE)?;
    thread.spawn(write(client, WRITES)).await??;
    Ok((own_threads_ms(TABLE)? - before) / f64::from(WRITES))
}

async fn create(client: Client) -> Result<()> {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build()?;
    let attribute = AttributeDefinition::builder().attribute_name("pk");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build()?;
    let creating = client.create_table().table_name(TABLE).key_schema(key).attribute_definitions(attribute);
    creating.billing_mode(BillingMode::PayPerRequest).send().await?;
    Ok(())
}

async fn write(client: Client, count: u32) -> Result<()> {
    let body = "x".repeat(ITEM_BYTES);
    for _ in 0..count {
        let key = AttributeValue::S(Uuid::now_v7().to_string());
        let putting = client.put_item().table_name(TABLE).item("pk", key);
        putting.item("body", AttributeValue::S(body.clone())).send().await?;
    }
    Ok(())
}
