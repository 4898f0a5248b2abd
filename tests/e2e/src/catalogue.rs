//! The catalogue, held against the pets that it is made from.

use std::collections::BTreeMap;

use domain::Scope;
use domain::catalogue::{Counts, Entry};
use domain::pet::{Pet, PetStatus, Species};
use local::seed::DEMO_TENANT;

use crate::{Books, World, eventually};

/// Waits until the catalogue counts what there is; meant for a moment at which nobody changes pets.
///
/// # Panics
/// When it never does.
pub async fn counted(world: &World) {
    eventually("every pet to be counted", async || miscounted(world).await.is_none().then_some(())).await;
}

/// What the catalogue counts or shows otherwise than a full count of the shared pool and the demo tenant; `None` when
/// they agree.
///
/// # Panics
/// When the tables cannot be read.
pub async fn miscounted(world: &World) -> Option<String> {
    miscounted_of(world, &Books::read(world).await).await
}

/// As [`miscounted`], where the books are read already.
///
/// # Panics
/// When the tables cannot be read.
pub async fn miscounted_of(world: &World, books: &Books) -> Option<String> {
    for scope in [Scope::Shared, DEMO_TENANT] {
        let pets: Vec<_> = books.pets.iter().filter(|pet| pet.scope == scope).collect();
        if let Some(difference) = difference(world, scope, &pets).await {
            return Some(difference);
        }
    }
    None
}

#[expect(clippy::unwrap_used, reason = "a test that cannot read the tables has failed")]
async fn difference(world: &World, scope: Scope, pets: &[&Pet]) -> Option<String> {
    let entries: BTreeMap<_, _> = pets.iter().map(|pet| (pet.id, Entry::of(pet))).collect();
    let expected = Counts::of(entries.values());
    let (mut shown, mut shelves) = (BTreeMap::new(), Vec::new());
    let aisles = world.store.catalogue_aisles(scope).await.unwrap();
    for (aisle, counts) in &aisles {
        let found = world.store.catalogue_shelves(scope, *aisle).await.unwrap();
        let sum = Counts::sum(found.iter().map(|(_, counts)| counts));
        if !same(counts, &sum) {
            return Some(format!("{scope}: aisle {aisle} counts {counts:?}, its shelves {sum:?}"));
        }
        shelves.extend(found);
    }
    for (shelf, counts) in shelves {
        let found = world.store.catalogue_entries(scope, shelf).await.unwrap();
        if !same(&counts, &Counts::of(&found)) {
            return Some(format!("{scope}: shelf {shelf} counts {counts:?} of {found:?}"));
        }
        let there = found.into_iter().filter(|entry| entry.traits.is_some());
        shown.extend(there.map(|entry| (entry.pet, entry)));
    }
    let counted = Counts::sum(aisles.iter().map(|(_, counts)| counts));
    if shown != entries || !same(&counted, &expected) {
        return Some(format!("{scope}: {counted:?} of {shown:?}, not {expected:?} of {entries:?}"));
    }
    None
}

fn same(a: &Counts, b: &Counts) -> bool {
    let cells =
        PetStatus::ALL.iter().flat_map(|status| Species::ALL.iter().map(move |kind| (*status, *kind)));
    cells.into_iter().all(|(status, species)| a.get(status, species) == b.get(status, species))
}
