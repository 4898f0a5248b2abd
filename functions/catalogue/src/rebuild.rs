//! Building the catalogue anew from the pets themselves, while everything goes on.
//!
//! Every pet is put on its shelf as if its record came, then every shelf is looked through for pets that are gone or
//! stand somewhere else, and counted. Entries still only become newer, so whatever is written meanwhile stays.

use std::collections::BTreeSet;

use domain::catalogue::{Entry, SHELF_PETS};
use domain::{Result, Scope, Timestamp};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use store::{Placed, Store};

use crate::shelve;

/// Shelves looked through at the same time.
const CONCURRENCY: usize = 16;

/// What a rebuild found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Pools that have pets or a catalogue.
    pub pools: usize,
    /// Pets.
    pub pets: usize,
    /// Entries that were taken out, since their pets are gone or stand on another shelf.
    pub removed: usize,
}

/// Puts every pet of every pool on its shelf and counts everything anew.
///
/// # Errors
/// When DynamoDB fails; then it may be done again.
pub async fn rebuild(store: &Store, now: Timestamp) -> Result<Rebuilt> {
    let mut rebuilt = Rebuilt::default();
    let (mut pools, mut from) = (BTreeSet::from([Scope::Shared]), None);
    loop {
        let page = store.catalogue_sources(from).await?;
        pools.extend(page.pools);
        pools.extend(page.pets.iter().map(|pet| pet.scope));
        rebuilt.pets += page.pets.len();
        let entries = page.pets.iter().map(|pet| (pet.scope, Entry::of(pet))).collect();
        let placed = shelve::places(store, entries).await?;
        store.catalogue_restore(&placed, now).await?;
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    for scope in pools {
        let shelves = store.catalogue_size(scope).await?.div_ceil(SHELF_PETS);
        rebuilt.pools += usize::from(shelves > 0);
        rebuilt.removed += tidy(store, scope, shelves, now).await?;
    }
    Ok(rebuilt)
}

/// Takes out what does not belong on the `shelves` of a pool, and counts them; answers how many entries that were.
async fn tidy(store: &Store, scope: Scope, shelves: u32, now: Timestamp) -> Result<usize> {
    let removed = all((0..shelves).map(|shelf| tidy_shelf(store, scope, shelf, now))).await?;
    shelve::count(store, (0..shelves).map(|shelf| (scope, shelf))).await?;
    Ok(removed.into_iter().sum())
}

async fn tidy_shelf(store: &Store, scope: Scope, shelf: u32, now: Timestamp) -> Result<usize> {
    let entries = store.catalogue_entries(scope, shelf).await?;
    let mut marks = Vec::new();
    for entry in entries.iter().filter(|entry| entry.traits.is_some()) {
        let is_here = store.pet_shelf(scope, entry.pet).await? == Some(shelf);
        if is_here && store.pet_fetch(scope, entry.pet).await?.is_some() {
            continue;
        }
        let entry = Entry::gone(entry.pet, entry.version);
        marks.push(Placed { scope, shelf, entry, is_new: false });
    }
    store.catalogue_put(&marks, now).await?;
    Ok(marks.len())
}

/// Does all of it, some at the same time; the results are in order.
///
/// # Errors
/// The first that comes.
async fn all<T, F>(work: impl Iterator<Item = F>) -> Result<Vec<T>>
where
    F: Future<Output = Result<T>>,
{
    let work: Vec<_> = work.collect();
    stream::iter(work).buffered(CONCURRENCY).try_collect().await
}
