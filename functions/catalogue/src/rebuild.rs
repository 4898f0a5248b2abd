//! Building the catalogue anew from the pets themselves, while everything goes on.
//!
//! Every pet is put on its shelf as if its record came, then every shelf is looked through for pets that are gone or
//! stand somewhere else, and counted. Entries still only become newer, so whatever is written meanwhile stays.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalogue::{Entry, SHELF_PETS};
use domain::{Result, Scope, Timestamp};
use store::Store;

use crate::shelve;

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
    let (mut pools, mut from) = (BTreeSet::new(), None);
    loop {
        let page = store.catalogue_sources(from).await?;
        pools.extend(page.pools);
        let mut by_pool: BTreeMap<Scope, Vec<Entry>> = BTreeMap::new();
        for pet in &page.pets {
            by_pool.entry(pet.scope).or_default().push(Entry::of(pet));
        }
        rebuilt.pets += page.pets.len();
        pools.extend(by_pool.keys());
        for (scope, entries) in by_pool {
            restore(store, scope, &entries, now).await?;
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    for scope in &pools {
        rebuilt.removed += tidy(store, *scope, now).await?;
    }
    Ok(Rebuilt { pools: pools.len(), ..rebuilt })
}

async fn restore(store: &Store, scope: Scope, entries: &[Entry], now: Timestamp) -> Result<()> {
    let placed = shelve::places(store, scope, entries).await?;
    let work = placed.iter().map(|(entry, shelf)| store.catalogue_restore(scope, *shelf, entry, now));
    shelve::all(work).await.map(drop)
}

/// Takes out what does not belong on the shelves of a pool, and counts them; answers how many entries that were.
async fn tidy(store: &Store, scope: Scope, now: Timestamp) -> Result<usize> {
    let shelves = store.catalogue_size(scope).await?.div_ceil(SHELF_PETS);
    let removed = shelve::all((0..shelves).map(|shelf| tidy_shelf(store, scope, shelf, now))).await?;
    shelve::count(store, scope, 0..shelves).await?;
    Ok(removed.into_iter().sum())
}

async fn tidy_shelf(store: &Store, scope: Scope, shelf: u32, now: Timestamp) -> Result<usize> {
    let entries = store.catalogue_entries(scope, shelf).await?;
    let mut removed = 0;
    for entry in entries.iter().filter(|entry| entry.traits.is_some()) {
        let is_here = store.pet_shelf(scope, entry.pet).await? == Some(shelf);
        if is_here && store.pet_fetch(scope, entry.pet).await?.is_some() {
            continue;
        }
        let mark = Entry::gone(entry.pet, entry.version);
        store.catalogue_put(scope, shelf, &mark, now).await.map(drop)?;
        removed += 1;
    }
    Ok(removed)
}
