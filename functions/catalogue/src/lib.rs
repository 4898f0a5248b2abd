//! Catalogue: stream records of pets become what pets are listed, searched and counted by.
//!
//! A record says what a pet was at one version; an entry only ever becomes newer, and tallies are counted from entries,
//! never added to. So a record that comes twice, late or in another order changes nothing, and a process that died half
//! way is put right by the record's coming again. Nothing here changes a pet.

mod rebuild;
mod shelve;
mod source;

use std::collections::BTreeMap;

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::catalogue::Entry;
use domain::id::PetId;
use domain::{Result, Scope};
use platform::clock;
use platform::telemetry::Chain;
use store::Store;

pub use rebuild::{Rebuilt, rebuild};

/// Entries by pool and pet.
type Newest = BTreeMap<(Scope, PetId), Entry>;

/// Works through a batch: of each pet its newest version counts. If anything fails, the whole batch comes again.
///
/// # Errors
/// Never: what fails is named in the answer.
pub async fn handle(store: &Store, event: StreamEvent) -> Result<DynamoDbEventResponse> {
    let first = event.records.first().and_then(|record| record.change.sequence_number.clone());
    // Boxed, or the future of a whole invocation nests deeper than the compiler looks.
    let outcome = Box::pin(record(store, event)).await;
    let mut response = DynamoDbEventResponse::default();
    if let Err(error) = outcome {
        tracing::error!(error = %Chain(&error), "a batch of pets will come again");
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = first;
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}

async fn record(store: &Store, event: StreamEvent) -> Result<()> {
    let mut newest = Newest::new();
    for record in event.records {
        if let Some((scope, entry)) = source::entry(store, record).await? {
            note(&mut newest, scope, entry);
        }
    }
    let entries = newest.into_iter().map(|((scope, _), entry)| (scope, entry)).collect();
    shelve::shelve(store, entries, clock::now()).await
}

fn note(newest: &mut Newest, scope: Scope, entry: Entry) {
    let pet = (scope, entry.pet);
    match newest.get(&pet) {
        Some(known) if known.version >= entry.version => {}
        _ => drop(newest.insert(pet, entry)),
    }
}
