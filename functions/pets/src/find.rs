//! Finding a page of pets in the catalogue (`domain::catalogue`).
//!
//! Whoever asks for a status and a species alone gets any page of any list for the same few reads: the tallies say on
//! which shelves its pets stand. Whoever asks for more has the newest shelves looked through, so many and no more; what
//! is behind them is reached by a cursor.

use domain::catalogue::{AISLE_SHELVES, Counts, Criteria, Entry, Sort, Stop, Traits, walk};
use domain::id::PetId;
use domain::pet::Pet;
use domain::{Result, Scope};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use store::Store;

/// Shelves that are looked through for one answer: 16,384 pets.
pub(crate) const SHELVES_MAX: usize = 128;
/// Reads at the same time.
const CONCURRENCY: usize = 8;

/// Which part of which list.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) criteria: Criteria,
    /// The newest first without it.
    pub(crate) sort: Option<Sort>,
    /// From 1.
    pub(crate) page: u32,
    pub(crate) limit: u32,
    /// Only shelves before this one.
    pub(crate) before: Option<u32>,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) pets: Vec<Pet>,
    /// Matches in the whole list, or in what was looked through.
    pub(crate) total: u32,
    /// Where the list goes on behind what was looked through.
    pub(crate) next: Option<u32>,
}

impl Question {
    fn skip(&self) -> u32 {
        (self.page - 1).saturating_mul(self.limit)
    }
}

pub(crate) async fn find(store: &Store, scope: Scope, question: &Question) -> Result<Found> {
    let is_counted = question.criteria.are_counted() && question.sort.is_none() && question.before.is_none();
    let (ids, total, next) = if is_counted {
        let (ids, total) = counted(store, scope, question).await?;
        (ids, total, None)
    } else {
        searched(store, scope, question).await?
    };
    let mut pets = store.pets_fetch(scope, &ids).await?;
    // The catalogue is a moment behind the pets themselves.
    pets.retain(|pet| question.criteria.match_traits(&Traits::of(pet)));
    Ok(Found { pets, total, next })
}

/// The page's pets and how many there are, by what is counted.
async fn counted(store: &Store, scope: Scope, question: &Question) -> Result<(Vec<PetId>, u32)> {
    let candidates = |(place, counts)| (place, question.criteria.candidates(&counts));
    let aisles: Vec<_> = store.catalogue_aisles(scope).await?.into_iter().map(candidates).collect();
    let total = aisles.iter().map(|(_, count)| count).sum();
    let shelves = stream::iter(walk(aisles, question.skip(), question.limit))
        .map(|stop| async move {
            let shelves = store.catalogue_shelves(scope, stop.place).await?;
            Ok::<_, domain::Error>(walk(shelves.into_iter().map(candidates), stop.skip, stop.take))
        })
        .buffered(CONCURRENCY)
        .try_concat()
        .await?;
    let ids = stream::iter(shelves)
        .map(|stop| picked(store, scope, question, stop))
        .buffered(CONCURRENCY)
        .try_concat()
        .await?;
    Ok((ids, total))
}

/// The pets of one shelf that are on the page.
async fn picked(store: &Store, scope: Scope, question: &Question, stop: Stop) -> Result<Vec<PetId>> {
    let entries = store.catalogue_entries(scope, stop.place).await?;
    let matches = entries.into_iter().filter(|entry| question.criteria.match_entry(entry));
    let on_page = matches.skip(as_size(stop.skip)).take(as_size(stop.take));
    Ok(on_page.map(|entry| entry.pet).collect())
}

/// The page's pets, how many match and where to go on, by looking through shelves.
async fn searched(
    store: &Store,
    scope: Scope,
    question: &Question,
) -> Result<(Vec<PetId>, u32, Option<u32>)> {
    let (shelves, next) = shelves_to_search(store, scope, question).await?;
    let mut matches: Vec<Entry> = stream::iter(shelves)
        .map(|shelf| store.catalogue_entries(scope, shelf))
        .buffered(CONCURRENCY)
        .try_concat()
        .await?;
    matches.retain(|entry| question.criteria.match_entry(entry));
    if let Some(sort) = question.sort {
        matches.sort_by(|a, b| match (&a.traits, &b.traits) {
            (Some(a), Some(b)) => sort.compare(a, b),
            _ => std::cmp::Ordering::Equal,
        });
    }
    let total = u32::try_from(matches.len()).unwrap_or(u32::MAX);
    let on_page = matches.into_iter().skip(as_size(question.skip())).take(as_size(question.limit));
    Ok((on_page.map(|entry| entry.pet).collect(), total, next))
}

/// The newest shelves that may hold a match, and where the rest begins.
async fn shelves_to_search(
    store: &Store,
    scope: Scope,
    question: &Question,
) -> Result<(Vec<u32>, Option<u32>)> {
    let may_hold = |counts: &Counts| question.criteria.candidates(counts) > 0;
    let is_asked = |shelf: u32| question.before.is_none_or(|before| shelf < before);
    let mut shelves = Vec::new();
    for (aisle, counts) in store.catalogue_aisles(scope).await? {
        if !may_hold(&counts) || !is_asked(aisle * AISLE_SHELVES) {
            continue;
        }
        let found = store.catalogue_shelves(scope, aisle).await?.into_iter();
        let found = found.filter(|(shelf, counts)| is_asked(*shelf) && may_hold(counts));
        shelves.extend(found.map(|(shelf, _)| shelf));
        if shelves.len() > SHELVES_MAX {
            shelves.truncate(SHELVES_MAX);
            return Ok((shelves.clone(), shelves.last().copied()));
        }
    }
    Ok((shelves, None))
}

pub(crate) fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
