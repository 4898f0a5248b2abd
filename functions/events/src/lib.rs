//! Events: stream records become settled callbacks and deliveries.
//!
//! *The outbox* is the state itself: an item whose last write carried events. *Settling* ends the callback requests
//! that an order decided. *Fanning out* makes one delivery row for each endpoint that hears of an event, and only then
//! sends messages; the rows are the truth, the queue only makes them fast.
//!
//! The stream delivers at least once. A replayed record derives the same ids, so it makes the same rows. A record that
//! nobody can read, or that leads to something that nobody can, is quarantined after all else was done for it: one that
//! failed for ever would hold up its shard. Nothing here changes an
//! order, a payment or a pet.

mod fan_out;
mod settle;
mod source;

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use domain::Result;
use domain::delivery::Delivery;
use queue::{QueueName, Queues};
use store::Store;

use crate::fan_out::{Endpoints, Made};

/// Records worked on at the same time.
const CONCURRENCY: usize = 16;

/// What the function works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The key that signs receipt links (`Keyring::subkey("receipt")`).
    pub receipt_key: [u8; 32],
    /// The API's own URL, without a slash at its end.
    pub public_base_url: String,
}

/// Works through a batch. Records are independent of each other, so they run concurrently; the checkpoint is the
/// lowest sequence number that failed, and everything from there comes again.
///
/// # Errors
/// Never: what fails is named in the answer.
pub async fn handle(app: &App, event: StreamEvent) -> Result<DynamoDbEventResponse> {
    let endpoints = Endpoints::default();
    let work = |record| deliveries_of(app, &endpoints, record);
    let (made, response) = platform::batch::stream(event, CONCURRENCY, work).await;
    fan_out::announce(app, &made.concat()).await;
    Ok(response)
}

async fn deliveries_of(
    app: &App,
    endpoints: &Endpoints,
    record: EventRecord,
) -> Result<Vec<(QueueName, Delivery)>> {
    let Some(told) = source::read(app, record).await? else { return Ok(Vec::new()) };
    let settled = settle::settle(app, &told.image).await;
    let rows = fan_out::rows(app, endpoints, &told.image).await;
    told.unless_unreadable(app, settled).await?;
    let Made { first, passed_over } = told.unless_unreadable(app, rows).await?.unwrap_or_default();
    if let Some(reason) = passed_over {
        told.put_aside(app, &reason).await?;
    }
    Ok(first)
}
