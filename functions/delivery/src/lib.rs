//! Delivery: queue messages become HTTP tries at their receivers.
//!
//! *The worker* loads the row that a message names, sends, records the outcome and only then schedules what follows. A
//! receiver's failure is a normal outcome: it is recorded and the message acknowledged. Only faults of our own come
//! back through the queue. *The sweeper* finds every row that waits too long, whatever was lost on the way.
//!
//! A duplicate can be sent after a crash between sending and recording, always under the same `webhook-id`. The first
//! try goes without a lease (docs/adr/0004); later ones claim the row first.

pub mod client;
pub mod deadline;
pub mod sweeper;

mod admission;
mod breakers;
mod deliver;
mod hand_back;
mod health;
mod lanes;
mod load;
mod operational;
mod rate;
mod receiver;
mod sign;
mod tally;
mod unsent;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Result;
use domain::target::AddressPolicy;
use ed25519_dalek::SigningKey;
use platform::sealed::Keyring;
use platform::telemetry::Chain;
use queue::Queues;
use store::Store;

pub use crate::breakers::Breakers;
use crate::client::Client;
pub use crate::lanes::{Caps, Lanes};
pub use crate::rate::Leases;
pub use crate::tally::Tally;

/// Messages of one batch worked on at the same time.
const CONCURRENCY: usize = 10;

/// What the function works with; built once per environment.
#[derive(Clone)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// Opens secrets, derives callback secrets.
    pub keys: Keyring,
    /// Signs callbacks as `v1a`.
    pub signing_key: SigningKey,
    /// Sends.
    pub client: Client,
    /// Keeps one receiver from holding up the others.
    pub lanes: Lanes,
    /// Leaves receivers that only fail alone for a while.
    pub breakers: Breakers,
    /// What it may still send to endpoints that have a rate.
    pub leases: Leases,
    /// How tries ended.
    pub tally: Tally,
    /// Which URLs may be called.
    pub targets: AddressPolicy,
    /// Our own hosts, which may not.
    pub own_hosts: Vec<String>,
    /// Divides retry waits; 1 outside of the local stack.
    pub retry_scale: f64,
    /// Told of every try; the local stack prints it.
    pub observer: fn(&domain::delivery::Delivery, &str, &domain::delivery::Attempt),
}

/// Works through a batch of messages.
///
/// # Errors
/// Never: what fails is named in the answer.
pub async fn handle(app: &App, event: SqsEvent) -> Result<SqsBatchResponse> {
    let loaded = match Box::pin(load::load(app, &event)).await {
        Ok(loaded) => loaded,
        Err(error) => return Ok(all_failed(event, &error)),
    };
    let (held_back, returning) = hand_back::pair();
    let work = async {
        let held_back = held_back;
        let deliver = |message| deliver::deliver(app, &loaded, &held_back, message);
        platform::batch::sqs(event, CONCURRENCY, deliver).await
    };
    let (response, ()) = tokio::join!(work, returning.send(app));
    app.tally.tell();
    Ok(response)
}

/// Every message comes again.
fn all_failed(event: SqsEvent, error: &domain::Error) -> SqsBatchResponse {
    tracing::error!(error = %Chain(error), messages = event.records.len(), "a batch will come again");
    let mut response = SqsBatchResponse::default();
    response.set_failures(event.records.into_iter().map(|message| message.message_id.unwrap_or_default()));
    response
}

/// Nobody listens.
pub const fn silent(_: &domain::delivery::Delivery, _: &str, _: &domain::delivery::Attempt) {}
