//! Putting pets on their shelves, and counting what stands there.

use std::collections::BTreeSet;

use domain::catalogue::{Entry, aisle_of};
use domain::{Result, Scope, Timestamp};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use platform::fault;
use store::Store;

/// Writes at the same time.
const CONCURRENCY: usize = 16;

/// Puts each entry on its pet's shelf, unless it knows newer, and counts those shelves and their aisles. What was put
/// there before is counted again: whoever put it may have died before counting.
///
/// # Errors
/// When DynamoDB fails; then all of it may be done again.
pub(crate) async fn shelve(store: &Store, scope: Scope, entries: &[Entry], now: Timestamp) -> Result<()> {
    let placed = places(store, scope, entries).await?;
    fault::point("catalogue.before_entries");
    all(placed.iter().map(|(entry, shelf)| store.catalogue_put(scope, *shelf, entry, now))).await?;
    fault::point("catalogue.after_entries");
    count(store, scope, placed.into_iter().map(|(_, shelf)| shelf)).await
}

/// Counts shelves, and then the aisles that they stand in.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn count(store: &Store, scope: Scope, shelves: impl Iterator<Item = u32>) -> Result<()> {
    let shelves: BTreeSet<_> = shelves.collect();
    let aisles: BTreeSet<_> = shelves.iter().map(|shelf| aisle_of(*shelf)).collect();
    all(shelves.into_iter().map(|shelf| store.catalogue_count_shelf(scope, shelf))).await?;
    fault::point("catalogue.after_shelves");
    all(aisles.into_iter().map(|aisle| store.catalogue_count_aisle(scope, aisle))).await?;
    fault::point("catalogue.after_aisles");
    Ok(())
}

/// Each entry with its pet's shelf; a pet that is new gets one.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn places<'e>(
    store: &Store,
    scope: Scope,
    entries: &'e [Entry],
) -> Result<Vec<(&'e Entry, u32)>> {
    let pets: Vec<_> = entries.iter().map(|entry| entry.pet).collect();
    let mut places = store.pet_places(scope, &pets).await?;
    let new: Vec<_> = pets.into_iter().filter(|pet| !places.contains_key(pet)).collect();
    if let Ok(count @ 1..) = u32::try_from(new.len()) {
        let first = store.catalogue_set_aside(scope, count).await?;
        fault::point("catalogue.after_set_aside");
        let given =
            all((first..).zip(&new).map(|(position, pet)| store.pet_place(scope, *pet, position))).await?;
        places.extend(new.into_iter().zip(given));
    }
    Ok(entries.iter().filter_map(|entry| Some((entry, *places.get(&entry.pet)?))).collect())
}

/// Does all of it, some at the same time; the results are in order.
///
/// # Errors
/// The first that comes.
pub(crate) async fn all<T, F>(work: impl Iterator<Item = F>) -> Result<Vec<T>>
where
    F: Future<Output = Result<T>>,
{
    let work: Vec<_> = work.collect();
    stream::iter(work).buffered(CONCURRENCY).try_collect().await
}
