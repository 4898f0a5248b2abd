//! The delivery function alone: messages of a real queue, in the batches that SQS makes, worked on by one environment.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName;
use domain::Scope;
use domain::delivery::{Delivery, Due};
use domain::event::Event;
use domain::id::EventId;
use domain::time::HOUR_MS;
use local::client::Client;
use local::queue_poller::QueuePoller;
use local::seed::{DEMO_TENANT, staff_of};
use local::{functions, sdk};
use platform::clock;
use queue::{DeliveryMessage, GroupMode, Outgoing, QueueName, Queues};
use tokio_util::sync::CancellationToken;

use crate::inside::Inside;
use crate::process::own_threads_ms;
use crate::roles::FUNCTIONS;
use crate::sink::{Answers, Sink};
use crate::spread::Figures;
use crate::{Result, shop, yardstick};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Deliveries.
    #[arg(long, default_value_t = 5_000)]
    deliveries: usize,
    /// Messages of a batch at most.
    #[arg(long, default_value_t = 10)]
    batch: u8,
}

/// Endpoints that the deliveries are for.
const ENDPOINTS: usize = 10;
/// Svix 1.100, its server alone: deliveries per core-second, at fan-out 10 and single (docs/benchmarks.md).
const SVIX: [f64; 2] = [4_300.0, 1_700.0];
const RATE: &str = "deliveries per core-second";

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        once(load, &mut figures).await?;
    }
    println!(
        "the delivery function alone, {} deliveries to {ENDPOINTS} endpoints in batches of {}, {runs} runs",
        load.deliveries, load.batch
    );
    figures.print();
    figures.ratio("against Svix's server", RATE, if load.batch == 1 { SVIX[1] } else { SVIX[0] });
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
async fn once(load: &Load, figures: &mut Figures) -> Result<()> {
    let (inside, sink) = (Inside::start().await?, Sink::start(Answers::Well).await?);
    let token = inside.local.token(DEMO_TENANT, staff_of(DEMO_TENANT))?;
    let staff = Client::new(inside.local.base_url()).with_token(&token);
    shop::listen(&staff, sink.url(), ENDPOINTS).await?;
    let (poller, queues) = queue(&inside, load.batch).await?;
    let (sqs, url) = (poller.client.clone(), poller.url.clone());
    let messages = deliveries(&inside, load.deliveries).await?;
    queues.send(QueueName::Deliveries, &messages).await?;

    let (began, cpu) = (Instant::now(), own_threads_ms(FUNCTIONS)?);
    let stop = CancellationToken::new();
    let polling = tokio::spawn(poller.run(vec![inside.delivery.clone()], 1, stop.clone()));
    sink.until(load.deliveries).await?;
    let seconds = began.elapsed().as_secs_f64();
    // The last outcomes are still being recorded.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cpu_s = (own_threads_ms(FUNCTIONS)? - cpu) / 1_000.0;
    stop.cancel();
    polling.await?;
    figures.add(RATE, load.deliveries as f64 / cpu_s);
    figures.add("CPU ms per delivery", cpu_s * 1_000.0 / load.deliveries as f64);
    figures.add("deliveries per second, one environment", load.deliveries as f64 / seconds);
    figures.add("messages left in the queue", left(&sqs, &url).await?);
    let each_ms = cpu_s * 1_000.0 / load.deliveries as f64;
    yardstick::compare(figures, each_ms, &inside.endpoints.dynamodb).await?;
    inside.local.shutdown().await;
    Ok(())
}

/// A queue of its own, so that nobody else takes its messages, and what receives from it.
async fn queue(inside: &Inside, batch: u8) -> Result<(QueuePoller, Queues)> {
    let wiring = inside.local.wiring();
    let client = sdk::sqs(&wiring.sqs);
    let url = client.create_queue().queue_name("benchmark").send().await?.queue_url.ok_or("no queue")?;
    let queues = Queues::new(&wiring.sqs, url.clone(), url.clone(), GroupMode::None);
    let poller = QueuePoller {
        client,
        url,
        arn: local::sqs::queue_arn("benchmark"),
        batch_size: i32::from(batch),
        partial_failures: true,
        timeout: Duration::from_secs(30),
    };
    Ok((poller, queues))
}

/// Messages that wait, are delayed or are being worked on.
async fn left(sqs: &aws_sdk_sqs::Client, url: &str) -> Result<f64> {
    let call = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let attributes = call.send().await?.attributes.unwrap_or_default();
    let counts = attributes.iter().filter(|(name, _)| name.as_str().starts_with("ApproximateNumberOf"));
    Ok(counts.map(|(_, count)| count.parse::<f64>()).sum::<std::result::Result<_, _>>()?)
}

/// Rows that wait for their first try, and a message for each.
async fn deliveries(inside: &Inside, count: usize) -> Result<Vec<Outgoing>> {
    let store = functions::store(inside.local.wiring());
    let scope: Scope = DEMO_TENANT;
    let endpoints = store.endpoints_fetch(scope, staff_of(scope)).await?.readable;
    let mut messages = Vec::with_capacity(count);
    let mut rows: Vec<Delivery> = Vec::with_capacity(count);
    for endpoint in endpoints.iter().cycle().take(count) {
        let now = clock::now();
        let event = Event::test(EventId::new(clock::fresh_id()), endpoint, now);
        let due = Due::scheduled(now.plus_ms(HOUR_MS));
        let row = Delivery::webhook(&event, endpoint, body(&event)?, due, now);
        let message = DeliveryMessage { scope, delivery_id: row.id, attempt: 1, hops: 0 };
        messages.push(Outgoing { message, delay_secs: 0, group: String::new() });
        rows.push(row);
    }
    for some in rows.chunks(100) {
        drop(store.deliveries_create(some).await?);
    }
    Ok(messages)
}

/// As long as that of `order.created`: 0.9 KB.
fn body(event: &Event) -> Result<String> {
    let rendered = event.render()?;
    let end = rendered.strip_suffix('}').ok_or("no object")?;
    Ok(format!(
        "{end},\"more\":\"{}\"}}",
        "lorem ipsum dolor ".repeat(900_usize.saturating_sub(rendered.len()) / 18)
    ))
}
