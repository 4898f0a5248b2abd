//! What somebody looks for.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use crate::catalogue::{Counts, Entry, Traits};
use crate::pet::{PetStatus, Size, Species};
use crate::wire::wire_enum;

/// What a pet must be. What is empty or `None` may be anything; a pet of which it is not known is then not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct Criteria {
    pub status: PetStatus,
    pub species: Vec<Species>,
    pub sizes: Vec<Size>,
    /// In months.
    pub age: RangeInclusive<u32>,
    pub good_with_kids: Option<bool>,
    pub vaccinated: Option<bool>,
    pub spayed_neutered: Option<bool>,
    pub special_needs: Option<bool>,
}

impl Criteria {
    /// Every pet of this status.
    #[must_use]
    pub const fn of_status(status: PetStatus) -> Self {
        Self {
            status,
            species: Vec::new(),
            sizes: Vec::new(),
            age: 0..=u32::MAX,
            good_with_kids: None,
            vaccinated: None,
            spayed_neutered: None,
            special_needs: None,
        }
    }

    /// Whether they say nothing beyond what [`Counts`] know.
    #[must_use]
    pub fn are_counted(&self) -> bool {
        let beyond = Self { species: Vec::new(), ..self.clone() };
        beyond == Self::of_status(self.status)
    }

    /// How many pets are of this status and species: as many as match at most.
    #[must_use]
    pub fn candidates(&self, counts: &Counts) -> u32 {
        let asked = Species::ALL.iter().filter(|species| self.has_species(**species));
        asked.map(|species| counts.get(self.status, *species)).sum()
    }

    /// Whether a pet is meant.
    #[must_use]
    pub fn match_traits(&self, traits: &Traits) -> bool {
        let is = |wanted: Option<bool>, known: Option<bool>| wanted.is_none() || wanted == known;
        traits.status == self.status
            && self.has_species(traits.species)
            && (self.sizes.is_empty() || traits.size.is_some_and(|size| self.sizes.contains(&size)))
            && self.age.contains(&traits.age_months)
            && is(self.good_with_kids, traits.good_with_kids)
            && is(self.vaccinated, traits.vaccinated)
            && is(self.spayed_neutered, traits.spayed_neutered)
            && is(self.special_needs, traits.special_needs)
    }

    /// Whether an entry's pet is there, and meant.
    #[must_use]
    pub fn match_entry(&self, entry: &Entry) -> bool {
        entry.traits.is_some_and(|traits| self.match_traits(&traits))
    }

    fn has_species(&self, species: Species) -> bool {
        self.species.is_empty() || self.species.contains(&species)
    }
}

wire_enum! {
    /// What a search is sorted by.
    SortField { AgeMonths = "ageMonths", Price = "price" }
}
wire_enum! {
    /// Which end comes first.
    Direction { Ascending = "ASC", Descending = "DESC" }
}

/// How a search is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub field: SortField,
    /// Which end first.
    pub direction: Direction,
}

impl Sort {
    /// Which of two comes first. Of equals neither does, so that a stable sort keeps the newer before the older.
    #[must_use]
    pub fn compare(self, a: &Traits, b: &Traits) -> Ordering {
        let ordering = match self.field {
            SortField::AgeMonths => a.age_months.cmp(&b.age_months),
            SortField::Price => a.price_minor.cmp(&b.price_minor),
        };
        if self.direction == Direction::Ascending { ordering } else { ordering.reverse() }
    }
}
