//! What the machine can do at this moment: the CPU time of a write by the bare SDK. Machines differ, and a shared one
//! differs from hour to hour; what a delivery costs in such writes differs far less.
//!
//! A lone write waits for its answer, so that one processor works at a time. With many in flight both do, as they do
//! under load, and where two processors share a core each of them is slower for it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use local::sdk;
use platform::aws::AwsConfig;
use uuid::Uuid;

use crate::process::{Elsewhere, own_threads_ms};
use crate::spread::Figures;
use crate::{Result, roles};

const TABLE: &str = "yardstick";
const WRITES: u32 = 2_000;
/// Writes under way at once, as `closed` has orders.
const IN_FLIGHT: usize = 32;
/// CPU milliseconds of a lone write where Svix was measured (docs/benchmarks.md).
const SVIX_WRITE_MS: f64 = 0.126;
/// As many bytes as a delivery's row.
const ITEM_BYTES: usize = 900;

/// What a write costs by the bare SDK and by the functions' own client, alone and with many in flight.
pub(crate) async fn run(runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    let emulators = Elsewhere::start().await?;
    let aws = || AwsConfig::emulator(&emulators.endpoints.dynamodb);
    for _ in 0..runs {
        for (in_flight, how) in [(1, "alone"), (IN_FLIGHT, "32 in flight")] {
            let bare = write_ms(sdk::dynamodb(&aws()), in_flight).await?;
            let ours = write_ms(store::sdk_client(&aws()), in_flight).await?;
            figures.add(&format!("{how}: CPU ms of a write by the bare SDK"), bare);
            figures.add(&format!("{how}: by the functions' client"), ours);
            figures.add(&format!("{how}: ratio"), ours / bare);
        }
    }
    println!("PutItem of 0.9 KB, {WRITES} writes, {runs} runs");
    figures.print();
    Ok(())
}

/// Adds what a write by the bare SDK costs at this moment, and `delivery_ms` in such writes.
pub(crate) async fn compare(figures: &mut Figures, delivery_ms: f64, dynamodb: &str) -> Result<()> {
    for (in_flight, how) in [(1, "a lone write"), (IN_FLIGHT, "a write, 32 in flight")] {
        let write_ms = write_ms(sdk::dynamodb(&AwsConfig::emulator(dynamodb)), in_flight).await?;
        figures.add(&format!("CPU ms of {how}, by the bare SDK"), write_ms);
        figures.add(&format!("a delivery, in times of {how}"), delivery_ms / write_ms);
    }
    Ok(())
}

/// Adds what a lone write by the bare SDK costs at this moment, and what `rates` would be on a machine on which it costs
/// what it did where Svix was measured.
pub(crate) async fn scale(figures: &mut Figures, rates: &[(&str, f64)]) -> Result<()> {
    let emulators = Elsewhere::start().await?;
    let write_ms = write_ms(sdk::dynamodb(&AwsConfig::emulator(&emulators.endpoints.dynamodb)), 1).await?;
    figures.add("CPU ms of a lone write, by the bare SDK", write_ms);
    for (name, rate) in rates {
        figures.add(&format!("{name}, at {SVIX_WRITE_MS} ms a write"), rate * write_ms / SVIX_WRITE_MS);
    }
    Ok(())
}

/// CPU milliseconds of one `PutItem` of 0.9 KB, on a thread of their own.
async fn write_ms(client: Client, in_flight: usize) -> Result<f64> {
    let thread = roles::thread(TABLE)?;
    // The first tenth warms up.
    let warm_up = client.clone();
    thread
        .spawn(async move {
            create(&warm_up).await?;
            write(&warm_up, WRITES / 10, in_flight).await
        })
        .await??;
    let before = own_threads_ms(TABLE)?;
    thread.spawn(async move { write(&client, WRITES, in_flight).await }).await??;
    Ok((own_threads_ms(TABLE)? - before) / f64::from(WRITES))
}

async fn create(client: &Client) -> Result<()> {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build()?;
    let attribute = AttributeDefinition::builder().attribute_name("pk");
    let attribute = attribute.attribute_type(ScalarAttributeType::S).build()?;
    let creating = client.create_table().table_name(TABLE).key_schema(key).attribute_definitions(attribute);
    match creating.billing_mode(BillingMode::PayPerRequest).send().await {
        Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception()) => {
            Ok(())
        }
        other => Ok(other.map(drop)?),
    }
}

async fn write(client: &Client, count: u32, in_flight: usize) -> Result<()> {
    let body = "x".repeat(ITEM_BYTES);
    let put = client.put_item().table_name(TABLE).item("body", AttributeValue::S(body));
    let writes =
        (0..count).map(|_| put.clone().item("pk", AttributeValue::S(Uuid::now_v7().to_string())).send());
    stream::iter(writes).buffer_unordered(in_flight).try_for_each(async |_| Ok(())).await?;
    Ok(())
}
