//! Writing the catalogue: places are given once, entries only become newer, tallies are counted.

use std::collections::HashMap;

use domain::catalogue::{Counts, Entry, shelf_of};
use domain::id::PetId;
use domain::{Error, Result, Scope, Timestamp};

use super::{Place, PlaceRow, Register, RegisterRow, Shelved, Spot, Tally, TallyRow};
use crate::Store;
use crate::item::read;
use crate::key::{self, Key, last_part};
use crate::read::key_of;
use crate::schema::Table;
use crate::transaction::{Commit, until_committed};

impl Store {
    /// The shelves of `pets` (as they were a moment ago), as far as they have one.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pet_places(&self, scope: Scope, pets: &[PetId]) -> Result<HashMap<PetId, u32>> {
        let keys: Vec<_> = pets.iter().map(|pet| Key::pet_place(scope, *pet)).collect();
        let mut places = HashMap::new();
        for item in self.batch_get(Table::State, &keys).await? {
            let pet = key_of(&item).and_then(|key| PetId::parse(last_part(&key.pk)).ok());
            places.extend(pet.zip(Some(read::<PlaceRow>(item)?.shelf)));
        }
        Ok(places)
    }

    /// Sets `count` places aside and answers the first. Those that nobody takes stay empty, which harms nobody.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_set_aside(&self, scope: Scope, count: u32) -> Result<u32> {
        until_committed(async || {
            let (next, version) = self.register(scope).await?;
            let register = Register { scope, next: next + count, version: version + 1 };
            let commit = self.transaction().begin("register", &register).commit().await?;
            Ok((commit == Commit::Done).then_some(next))
        })
        .await
    }

    /// How many places were set aside in a pool.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_size(&self, scope: Scope) -> Result<u32> {
        Ok(self.register(scope).await?.0)
    }

    async fn register(&self, scope: Scope) -> Result<(u32, u64)> {
        let item = self.get(Table::State, &Key::catalogue_register(scope)).await?;
        let row = item.map(read::<RegisterRow>).transpose()?;
        Ok(row.map_or((0, 0), |row| (row.next, row.version)))
    }

    /// Gives `pet` the place at `position`, unless it has one; answers its shelf.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pet_place(&self, scope: Scope, pet: PetId, position: u32) -> Result<u32> {
        let place = Place { scope, pet, shelf: shelf_of(position) };
        if self.transaction().create("place", &place).commit().await? == Commit::Done {
            return Ok(place.shelf);
        }
        self.pet_shelf(scope, pet).await?.ok_or(Error::fault("a pet's place is gone"))
    }

    /// The shelf of a pet (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pet_shelf(&self, scope: Scope, pet: PetId) -> Result<Option<u32>> {
        let item = self.get(Table::State, &Key::pet_place(scope, pet)).await?;
        Ok(item.map(read::<PlaceRow>).transpose()?.map(|row| row.shelf))
    }

    /// Puts an entry on its shelf, unless what stands there is as new or newer.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_put(
        &self,
        scope: Scope,
        shelf: u32,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<Commit> {
        let shelved = Shelved { scope, shelf, entry, now };
        self.transaction().advance("entry", &shelved).commit().await
    }

    /// Puts an entry on its shelf, unless what stands there is newer: what is as new is put right.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_restore(
        &self,
        scope: Scope,
        shelf: u32,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<Commit> {
        let shelved = Shelved { scope, shelf, entry, now };
        self.transaction().restore("entry", &shelved).commit().await
    }

    /// Counts what stands on a shelf.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_count_shelf(&self, scope: Scope, shelf: u32) -> Result<()> {
        self.count_anew(scope, Spot::Shelf(shelf)).await
    }

    /// Counts what stands in an aisle.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_count_aisle(&self, scope: Scope, aisle: u32) -> Result<()> {
        self.count_anew(scope, Spot::Aisle(aisle)).await
    }

    /// Writes what stands there, on the condition that nobody wrote since before we looked: then what is written is
    /// never older than what anybody else saw.
    async fn count_anew(&self, scope: Scope, spot: Spot) -> Result<()> {
        until_committed(async || {
            let item = self.get(Table::State, &Tally::key_of(scope, spot)).await?;
            let before = item.map(read::<TallyRow>).transpose()?;
            let counts = self.counts_of(scope, spot).await?;
            if before.as_ref().is_some_and(|before| before.counts == counts) {
                return Ok(Some(()));
            }
            let version = before.map_or(0, |before| before.version) + 1;
            let tally = Tally { scope, spot, counts, version };
            let commit = self.transaction().begin("tally", &tally).commit().await?;
            Ok((commit == Commit::Done).then_some(()))
        })
        .await
    }

    async fn counts_of(&self, scope: Scope, spot: Spot) -> Result<Counts> {
        match spot {
            Spot::Shelf(shelf) => Ok(Counts::of(&self.entries(scope, shelf, true).await?)),
            Spot::Aisle(aisle) => {
                let shelves = self.tallies(&key::catalogue_shelves(scope, aisle), true).await?;
                Ok(Counts::sum(shelves.iter().map(|(_, counts)| counts)))
            }
        }
    }
}
