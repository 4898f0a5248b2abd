//! The catalogue: what is known of each pet for lists, searches and counts, and how a page is found among them.
//!
//! Pets stand on shelves in the order in which they came, a fixed number on each, and shelves in aisles. Of every shelf
//! and every aisle it is known how many pets of each status and species stand there, so that a page is found by counting
//! past what lies before it, without looking at it.

mod counts;
mod criteria;
mod walk;

use crate::id::PetId;
use crate::pet::{Pet, PetStatus, Size, Species};

pub use counts::Counts;
pub use criteria::{Criteria, Direction, Sort, SortField};
pub use walk::{Stop, walk};

/// Pets on a shelf.
pub const SHELF_PETS: u32 = 128;
/// Shelves in an aisle.
pub const AISLE_SHELVES: u32 = 128;

/// The shelf of the pet that came `position`th, from 0.
#[must_use]
pub const fn shelf_of(position: u32) -> u32 {
    position / SHELF_PETS
}

/// The aisle of a shelf.
#[must_use]
pub const fn aisle_of(shelf: u32) -> u32 {
    shelf / AISLE_SHELVES
}

/// What the catalogue knows of one pet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The pet.
    pub pet: PetId,
    /// The version of the pet that this tells of; one more than its last for a pet that is gone.
    pub version: u64,
    /// What it is; `None` for a pet that is gone.
    pub traits: Option<Traits>,
}

/// What a pet is asked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct Traits {
    pub status: PetStatus,
    pub species: Species,
    pub size: Option<Size>,
    pub good_with_kids: Option<bool>,
    pub age_months: u32,
    pub price_minor: i64,
    pub vaccinated: Option<bool>,
    pub spayed_neutered: Option<bool>,
    pub special_needs: Option<bool>,
}

impl Entry {
    /// The pet as it is.
    #[must_use]
    pub fn of(pet: &Pet) -> Self {
        Self { pet: pet.id, version: pet.version, traits: Some(Traits::of(pet)) }
    }

    /// The mark of a pet whose last version was `last`.
    #[must_use]
    pub const fn gone(pet: PetId, last: u64) -> Self {
        Self { pet, version: last + 1, traits: None }
    }
}

impl Traits {
    /// What `pet` is asked for by.
    #[must_use]
    pub fn of(pet: &Pet) -> Self {
        let profile = &pet.profile;
        let medical = profile.medical_info.as_ref();
        Self {
            status: pet.status,
            species: profile.species,
            size: profile.size,
            good_with_kids: profile.good_with_kids,
            age_months: profile.age_months,
            price_minor: profile.price.amount_minor,
            vaccinated: medical.and_then(|info| info.vaccinated),
            spayed_neutered: medical.and_then(|info| info.spayed_neutered),
            special_needs: medical.and_then(|info| info.special_needs),
        }
    }
}
