//! How many pets there are of each status and species.

use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::pet::{PetStatus, Species};

const SPECIES: usize = Species::ALL.len();
const CELLS: usize = PetStatus::ALL.len() * SPECIES;

/// Pets by status and species.
///
/// It is always counted anew from what is there and never added to, so nothing that is counted twice counts twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts(Vec<u32>);

impl Counts {
    /// Counts `entries`; those of pets that are gone do not count.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut cells = vec![0; CELLS];
        for traits in entries.into_iter().filter_map(|entry| entry.traits) {
            if let Some(count) = cells.get_mut(cell(traits.status, traits.species)) {
                *count += 1;
            }
        }
        Self(cells)
    }

    /// The sum of `parts`.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut cells = vec![0; CELLS];
        for part in parts {
            for (sum, count) in cells.iter_mut().zip(&part.0) {
                *sum += count;
            }
        }
        Self(cells)
    }

    /// Pets of this status and species.
    #[must_use]
    pub fn get(&self, status: PetStatus, species: Species) -> u32 {
        self.0.get(cell(status, species)).copied().unwrap_or_default()
    }

    /// Pets of this status, of any species.
    #[must_use]
    pub fn of_status(&self, status: PetStatus) -> u32 {
        Species::ALL.iter().map(|species| self.get(status, *species)).sum()
    }
}

const fn cell(status: PetStatus, species: Species) -> usize {
    status as usize * SPECIES + species as usize
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::Counts;
    use crate::catalogue::{Entry, Traits};
    use crate::id::PetId;
    use crate::pet::{PetStatus, Species};

    fn entry(status: PetStatus, species: Species) -> Entry {
        let traits = Traits {
            status,
            species,
            size: None,
            good_with_kids: None,
            age_months: 1,
            price_minor: 1,
            vaccinated: None,
            spayed_neutered: None,
            special_needs: None,
        };
        Entry { pet: PetId::new(Uuid::nil()), version: 1, traits: Some(traits) }
    }

    #[test]
    fn pets_are_counted_where_they_belong_and_gone_ones_are_not() {
        let entries = [
            entry(PetStatus::Available, Species::Dog),
            entry(PetStatus::Available, Species::Other),
            entry(PetStatus::NotAvailable, Species::Dog),
            Entry::gone(PetId::new(Uuid::nil()), 3),
        ];
        let counts = Counts::of(&entries);
        assert_eq!(counts.of_status(PetStatus::Available), 2);
        assert_eq!(counts.get(PetStatus::Available, Species::Other), 1);
        assert_eq!(counts.of_status(PetStatus::NotAvailable), 1);
        assert_eq!(counts.of_status(PetStatus::Pending), 0);
        let twice = Counts::sum([&counts, &counts, &Counts::default()]);
        assert_eq!(twice.of_status(PetStatus::Available), 4);
    }
}
