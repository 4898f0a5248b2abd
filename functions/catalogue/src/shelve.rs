//! Putting pets on their shelves, and counting what stands there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::catalogue::{Entry, aisle_of};
use domain::id::PetId;
use domain::{Result, Scope, Timestamp};
use platform::fault;
use store::{Placed, Store};

/// Puts each entry on its pet's shelf, unless it knows newer, and counts those shelves and their aisles. What was put
/// there before is counted again: whoever put it may have died before counting.
///
/// # Errors
/// When DynamoDB fails; then all of it may be done again.
pub(crate) async fn shelve(store: &Store, entries: Vec<(Scope, Entry)>, now: Timestamp) -> Result<()> {
    let placed = places(store, entries).await?;
    fault::point("catalogue.before_entries");
    store.catalogue_put(&placed, now).await?;
    fault::point("catalogue.after_entries");
    count(store, placed.iter().map(|placed| (placed.scope, placed.shelf))).await
}

/// Counts shelves, and then the aisles that they stand in.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn count(store: &Store, shelves: impl Iterator<Item = (Scope, u32)>) -> Result<()> {
    let shelves: BTreeSet<_> = shelves.collect();
    let aisles = shelves.iter().map(|(scope, shelf)| (*scope, aisle_of(*shelf))).collect();
    store.catalogue_count_shelves(&shelves).await?;
    fault::point("catalogue.after_shelves");
    store.catalogue_count_aisles(&aisles).await?;
    fault::point("catalogue.after_aisles");
    Ok(())
}

/// Each entry with its pet's shelf; a pet that is new gets one.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn places(store: &Store, entries: Vec<(Scope, Entry)>) -> Result<Vec<Placed>> {
    let pets: Vec<_> = entries.iter().map(|(scope, entry)| (*scope, entry.pet)).collect();
    let known = store.pet_places(&pets).await?;
    let given = give(store, pets.into_iter().filter(|pet| !known.contains_key(pet))).await?;
    let place = |(scope, entry): (Scope, Entry)| {
        let pet = (scope, entry.pet);
        let is_new = given.contains_key(&pet);
        let shelf = *known.get(&pet).or_else(|| given.get(&pet))?;
        Some(Placed { scope, shelf, entry, is_new })
    };
    Ok(entries.into_iter().filter_map(place).collect())
}

/// Gives each pet a shelf.
async fn give(
    store: &Store,
    pets: impl Iterator<Item = (Scope, PetId)>,
) -> Result<HashMap<(Scope, PetId), u32>> {
    let (mut pools, mut given) = (BTreeMap::<_, Vec<_>>::new(), HashMap::new());
    pets.for_each(|(scope, pet)| pools.entry(scope).or_default().push(pet));
    for (scope, pets) in pools {
        let count = u32::try_from(pets.len()).unwrap_or(u32::MAX);
        let first = store.catalogue_set_aside(scope, count).await?;
        fault::point("catalogue.after_set_aside");
        let shelves = store.pets_place(scope, &pets, first).await?;
        given.extend(shelves.into_iter().map(|(pet, shelf)| ((scope, pet), shelf)));
    }
    Ok(given)
}
