//! Removes photos that no pet names: of pets that were deleted, of photos that were taken from them, of requests that
//! died before the pet knew.
//!
//! What is younger than a day is left alone: a request that kept it may still be on its way to the pet. A name that a
//! pet let go never comes back, so what is found unnamed stays unnamed.

use std::collections::{BTreeMap, BTreeSet};

use blob::{Blobs, Kept};
use domain::id::PetId;
use domain::photo::Photo;
use domain::time::DAY_MS;
use domain::{Result, Scope, Timestamp};
use platform::metrics;
use store::Store;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The buckets.
    pub blobs: Blobs,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Photos that were looked at.
    pub looked: usize,
    /// Photos that were removed.
    pub removed: usize,
}

/// Goes through the whole bucket once, as at `now`.
///
/// # Errors
/// When the tables or the bucket fail; the next run begins anew.
pub async fn run(app: &App, now: Timestamp) -> Result<Pruned> {
    let (mut pruned, mut after) = (Pruned::default(), None);
    loop {
        let page = app.blobs.photos_kept(after).await?;
        let old: Vec<_> = page.kept.into_iter().filter(|kept| now.since_ms(kept.at) > DAY_MS).collect();
        pruned.looked += old.len();
        let unnamed = unnamed(app, old).await?;
        pruned.removed += unnamed.len();
        app.blobs.photos_remove(unnamed).await?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    metrics::count("PhotosPruned", u32::try_from(pruned.removed).unwrap_or(u32::MAX));
    tracing::info!(looked = pruned.looked, removed = pruned.removed, "photos were pruned");
    Ok(pruned)
}

/// The keys that no pet names. What is no photo's key was not put by us, and is left alone.
async fn unnamed(app: &App, kept: Vec<Kept>) -> Result<Vec<String>> {
    let mut by_pet: BTreeMap<(Scope, PetId), Vec<Photo>> = BTreeMap::new();
    for photo in kept.iter().filter_map(|kept| Photo::parse(&kept.key)) {
        by_pet.entry((photo.scope, photo.pet)).or_default().push(photo);
    }
    let mut unnamed = Vec::new();
    for ((scope, pet), photos) in by_pet {
        let pet = app.store.pet_fetch(scope, pet).await?;
        let named: BTreeSet<_> = pet.iter().flat_map(|pet| pet.own_photos()).collect();
        unnamed.extend(photos.iter().filter(|photo| !named.contains(photo)).map(ToString::to_string));
    }
    Ok(unnamed)
}
