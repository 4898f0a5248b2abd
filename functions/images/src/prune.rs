//! Removes photos that no pet names: of pets that were deleted, of photos that were taken from them, of requests that
//! died before the pet knew.
//!
//! What is younger than a day is left alone: a request that kept it may still be on its way to the pet. A name that a
//! pet let go never comes back, so what is found unnamed stays unnamed.
//!
//! A bucket may be too large for one run. So each run goes on behind the last page of the one before, and stops while there
//! is time; the one that meets the end leaves the beginning to the next.

use std::collections::{BTreeMap, BTreeSet};

use blob::{Blobs, Kept};
use domain::id::PetId;
use domain::photo::Photo;
use domain::time::{DAY_MS, MINUTE_MS};
use domain::{Result, Scope, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, metrics};
use store::Store;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The buckets.
    pub blobs: Blobs,
    /// How far a run goes.
    pub reach: Reach,
}

/// How far a run goes: it stops after the page with which its time is up, so it always gets on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Photos of a page, a thousand at most.
    pub page: u16,
    /// How long it may begin pages, in milliseconds.
    pub time_ms: i64,
}

impl Default for Reach {
    /// Of the 15 minutes that the function has, the last two are for the last page.
    fn default() -> Self {
        Self { page: 1_000, time_ms: 13 * MINUTE_MS }
    }
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Photos that were looked at.
    pub looked: usize,
    /// Photos that were removed.
    pub removed: usize,
    /// Whether it met the bucket's end.
    pub is_through: bool,
}

/// Goes through the bucket from where the last run stopped, as at `now`.
///
/// # Errors
/// When the tables or the bucket fail; the next run begins with the page that failed.
pub async fn run(app: &App, now: Timestamp) -> Result<Pruned> {
    let began = clock::now();
    let (mut pruned, mut after) = (Pruned::default(), app.store.pruning_fetch().await?);
    while !pruned.is_through {
        let page = app.blobs.photos_kept(after.as_deref(), app.reach.page).await?;
        let old: Vec<_> = page.kept.into_iter().filter(|kept| now.since_ms(kept.at) > DAY_MS).collect();
        pruned.looked += old.len();
        let unnamed = unnamed(app, old).await?;
        pruned.removed += unnamed.len();
        app.blobs.photos_remove(unnamed).await?;
        (after, pruned.is_through) = (page.next.clone(), page.next.is_none());
        app.store.pruning_mark(after.as_deref(), now).await?;
        if clock::now().since_ms(began) >= app.reach.time_ms {
            break;
        }
    }
    let Pruned { looked, removed, is_through } = pruned;
    metrics::count("PhotosPruned", u32::try_from(removed).unwrap_or(u32::MAX));
    tracing::info!(looked, removed, is_through, "photos were pruned");
    Ok(pruned)
}

/// The keys that no pet names. What is no photo's key was not put by us, and is left alone; so are the photos of a pet
/// that cannot be read.
async fn unnamed(app: &App, kept: Vec<Kept>) -> Result<Vec<String>> {
    let mut by_pet: BTreeMap<(Scope, PetId), Vec<Photo>> = BTreeMap::new();
    for photo in kept.iter().filter_map(|kept| Photo::parse(&kept.key)) {
        by_pet.entry((photo.scope, photo.pet)).or_default().push(photo);
    }
    let pets: Vec<_> = by_pet.keys().copied().collect();
    let mut found = app.store.pets_look_up(&pets).await?;
    let mut unnamed = Vec::new();
    for (pet, photos) in by_pet {
        let named: BTreeSet<_> = match found.remove(&pet) {
            Some(Ok(pet)) => pet.own_photos().collect(),
            Some(Err(error)) => {
                tracing::error!(error = %Chain(&error), "photos of a pet that cannot be read stay");
                continue;
            }
            None => BTreeSet::new(),
        };
        unnamed.extend(photos.iter().filter(|photo| !named.contains(photo)).map(ToString::to_string));
    }
    Ok(unnamed)
}
