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
use aws_lambda_events::streams::DynamoDbEventResponse;
use domain::catalogue::Entry;
use domain::id::PetId;
use domain::{Result, Scope};
use platform::telemetry::Chain;
use platform::{batch, clock};
use store::Store;

pub use rebuild::{Rebuilt, rebuild};

/// Records looked at at the same time: one after the other, for only poison makes a call.
const CONCURRENCY: usize = 1;

/// Entries by pool and pet.
type Newest = BTreeMap<(Scope, PetId), Entry>;

/// Works through a batch: of each pet its newest version counts. A record that cannot be looked at comes again with
/// those behind it; if rows cannot be written, the whole batch does.
///
/// # Errors
/// Never: what fails is named in the answer.
pub async fn handle(store: &Store, event: StreamEvent) -> Result<DynamoDbEventResponse> {
    let first = event.records.first().and_then(|record| record.change.sequence_number.clone());
    let (told, response) = batch::stream(event, CONCURRENCY, |record| source::entry(store, record)).await;
    let mut newest = Newest::new();
    for (scope, entry) in told.into_iter().flatten() {
        note(&mut newest, scope, entry);
    }
    let entries = newest.into_iter().map(|((scope, _), entry)| (scope, entry)).collect();
    // Boxed, or the future of a whole invocation nests deeper than the compiler looks.
    Ok(match Box::pin(shelve::shelve(store, entries, clock::now())).await {
        Ok(()) => response,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "a batch of pets will come again");
            batch::again_from(first)
        }
    })
}

fn note(newest: &mut Newest, scope: Scope, entry: Entry) {
    let pet = (scope, entry.pet);
    match newest.get(&pet) {
        Some(known) if known.version >= entry.version => {}
        _ => drop(newest.insert(pet, entry)),
    }
}
