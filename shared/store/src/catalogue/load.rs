//! The rows of a whole catalogue, for tests and benchmarks that fill a table past DynamoDB.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::catalogue::{AISLE_SHELVES, Counts, Entry, SHELF_PETS};
use domain::pet::Pet;
use domain::{Result, Scope, Timestamp};

use super::{Place, Register, Shelved, Spot, Tally};
use crate::item::Record;
use crate::schema::Table;

/// A row as DynamoDB has it, and where.
pub type Row = (Table, HashMap<String, AttributeValue>);

/// Makes the rows of one pool's pets and their catalogue.
#[derive(Debug)]
pub struct Loader {
    scope: Scope,
    shelves: Vec<Counts>,
    pets: u32,
}

impl Loader {
    /// A loader for a pool that is empty.
    #[must_use]
    pub const fn new(scope: Scope) -> Self {
        Self { scope, shelves: Vec::new(), pets: 0 }
    }

    /// The rows of the next shelf: [`SHELF_PETS`] pets in the order in which they came, fewer on the last.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn shelf(&mut self, pets: &[Pet]) -> Result<Vec<Row>> {
        let scope = self.scope;
        let shelf = self.pets / SHELF_PETS;
        let entries: Vec<_> = pets.iter().map(Entry::of).collect();
        let counts = Counts::of(&entries);
        let mut rows = vec![self.tally(Spot::Shelf(shelf), counts.clone())?];
        for (pet, entry) in pets.iter().zip(&entries) {
            rows.push(row(pet)?);
            rows.push(row(&Place { scope, pet: pet.id, shelf })?);
            rows.push(row(&Shelved { scope, shelf, entry, now: Timestamp::from_ms(0) })?);
        }
        self.shelves.push(counts);
        self.pets += SHELF_PETS;
        Ok(rows)
    }

    /// The rows that are left once every shelf is made.
    ///
    /// # Errors
    /// When a row cannot be written.
    pub fn finish(self) -> Result<Vec<Row>> {
        let mut rows = vec![row(&Register { scope: self.scope, next: self.pets, version: 1 })?];
        for (aisle, shelves) in (0..).zip(self.shelves.chunks(AISLE_SHELVES as usize)) {
            rows.push(self.tally(Spot::Aisle(aisle), Counts::sum(shelves))?);
        }
        Ok(rows)
    }

    fn tally(&self, spot: Spot, counts: Counts) -> Result<Row> {
        row(&Tally { scope: self.scope, spot, counts, version: 1 })
    }
}

fn row<R: Record>(record: &R) -> Result<Row> {
    Ok((R::TABLE, record.item()?))
}
