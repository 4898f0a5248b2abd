//! Reading the catalogue: aisles, shelves, entries, each newest first.

use domain::catalogue::{Counts, Entry};
use domain::pet::Pet;
use domain::{Result, Scope};

use super::{CATALOGUE, entry_of, tally_of};
use crate::Store;
use crate::error::failed;
use crate::item::{key_item, string};
use crate::key::{self, Key, scope_of};
use crate::pet::pet_of;
use crate::read::key_of;
use crate::schema::Table;

/// A part of everything that a catalogue is made from.
#[derive(Debug)]
pub struct Sources {
    /// Pets of every pool.
    pub pets: Vec<Pet>,
    /// Pools that may have a catalogue, with pets or without: tenants'.
    pub pools: Vec<Scope>,
    /// Where to go on; `None` at the end.
    pub next: Option<Key>,
}

impl Store {
    /// The aisles of a pool and what stands in each (as they were a moment ago). Everything there is to count.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_aisles(&self, scope: Scope) -> Result<Vec<(u32, Counts)>> {
        self.tallies(&key::catalogue(scope), false).await
    }

    /// The shelves of an aisle and what stands on each (as they were a moment ago).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_shelves(&self, scope: Scope, aisle: u32) -> Result<Vec<(u32, Counts)>> {
        self.tallies(&key::catalogue_shelves(scope, aisle), false).await
    }

    /// The pets of a shelf (as they were a moment ago); those that are gone may be among them.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_entries(&self, scope: Scope, shelf: u32) -> Result<Vec<Entry>> {
        self.entries(scope, shelf, false).await
    }

    /// Pets of every pool, found by reading the whole table: for rebuilding alone.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_sources(&self, from: Option<Key>) -> Result<Sources> {
        let call = self
            .client
            .scan()
            .table_name(self.table(Table::State))
            .consistent_read(true)
            .filter_expression("sk IN (:pet, :tenant)")
            .expression_attribute_values(":pet", string("PET"))
            .expression_attribute_values(":tenant", string("TENANT"))
            .set_exclusive_start_key(from.as_ref().map(key_item))
            .set_return_consumed_capacity(self.capacity());
        let page = call.send().await.map_err(|error| failed("read every pet", error))?;
        self.count("Scan", false, page.consumed_capacity.as_slice());
        let next = page.last_evaluated_key.as_ref().and_then(key_of);
        let mut sources = Sources { pets: Vec::new(), pools: Vec::new(), next };
        for item in page.items.unwrap_or_default() {
            match key_of(&item) {
                Some(key) if key.sk == "PET" => sources.pets.push(pet_of(item)?),
                key => sources.pools.extend(key.and_then(|key| scope_of(&key.pk))),
            }
        }
        Ok(sources)
    }

    pub(super) async fn entries(&self, scope: Scope, shelf: u32, is_consistent: bool) -> Result<Vec<Entry>> {
        let pk = key::catalogue_entries(scope, shelf);
        let items = self.query_items(CATALOGUE, &pk, is_consistent).await?;
        items.into_iter().rev().map(entry_of).collect()
    }

    pub(super) async fn tallies(&self, pk: &str, is_consistent: bool) -> Result<Vec<(u32, Counts)>> {
        let items = self.query_items(CATALOGUE, pk, is_consistent).await?;
        items.into_iter().rev().filter_map(|item| tally_of(item).transpose()).collect()
    }
}
