//! `GET /v1/orders/{id}` in a warm function, beside the same `GetItem` by the bare SDK, one after the other on the
//! functions' thread.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::OrderId;
use local::client::Client;
use local::sdk;
use local::seed::{DEMO_TENANT, staff_of};
use runtime::events::HttpEvent;
use store::TableNames;
use store::key::Key;

use crate::inside::Inside;
use crate::spread::{Figures, percentile_ms};
use crate::{Result, shop};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Reads of each kind.
    #[arg(long, default_value_t = 3_000)]
    reads: usize,
}

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        once(load, &mut figures).await?;
    }
    println!("GET /v1/orders/{{id}}, {} reads of each kind in turn, {runs} runs", load.reads);
    figures.print();
    Ok(())
}

async fn once(load: &Load, figures: &mut Figures) -> Result<()> {
    let inside = Inside::start().await?;
    let token = inside.local.token(DEMO_TENANT, staff_of(DEMO_TENANT))?;
    let staff = Client::new(inside.local.base_url()).with_token(&token);
    let pet = shop::stock(&staff, 1).await?;
    let order = staff.post("/v1/orders", &serde_json::json!({"petId": pet.first()})).await?.json();
    let id = order["id"].as_str().ok_or("no order")?.to_owned();
    let event = HttpEvent::new("GET", "ANY /v1/orders/{id}", &format!("/v1/orders/{id}"))?
        .header("authorization", &format!("Bearer {token}"))
        .json()
        .to_string();
    let key = Key::order(DEMO_TENANT, OrderId::parse(&id)?);
    let (ours, bare) =
        inside.thread.spawn(reads(inside.orders.clone(), event, bare(&inside, key), load.reads)).await??;
    let median = |durations: &[Duration]| percentile_ms(durations, 50);
    figures.add("our function, p50 ms", median(&ours));
    figures.add("the bare SDK, p50 ms", median(&bare));
    figures.add("our function, p99 ms", percentile_ms(&ours, 99));
    figures.add("the bare SDK, p99 ms", percentile_ms(&bare, 99));
    figures.add("ratio of p50, at most 1.3", median(&ours) / median(&bare));
    inside.local.shutdown().await;
    Ok(())
}

/// What the bare SDK is asked.
fn bare(inside: &Inside, key: Key) -> aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder {
    let client = sdk::dynamodb(&platform::aws::AwsConfig::emulator(
        inside.local.wiring().dynamodb.endpoint.clone().unwrap_or_default(),
    ));
    let key = HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk)),
        ("sk".to_owned(), AttributeValue::S(key.sk)),
    ]);
    client.get_item().table_name(TableNames::default().state).set_key(Some(key)).consistent_read(true)
}

async fn reads(
    orders: local::function::HttpFunction,
    event: String,
    bare: aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder,
    count: usize,
) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let (mut ours, mut theirs) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for number in 0..count + count / 10 {
        let began = Instant::now();
        let answer = orders(lambda_http::request::from_str(&event)?).await;
        let our = began.elapsed();
        let began = Instant::now();
        let found = bare.clone().send().await?;
        let their = began.elapsed();
        if answer.status() != 200 || found.item.is_none() {
            return Err(format!("not found: {}", answer.status()).into());
        }
        // The first tenth warms up.
        if number >= count / 10 {
            ours.push(our);
            theirs.push(their);
        }
    }
    ours.sort_unstable();
    theirs.sort_unstable();
    Ok((ours, theirs))
}
