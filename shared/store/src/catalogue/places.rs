//! Places: each pet is given one, once.

use std::collections::HashMap;

use domain::catalogue::shelf_of;
use domain::id::PetId;
use domain::{Error, Result, Scope};

use super::{CATALOGUE, Place, PlaceRow, Register, RegisterRow};
use crate::Store;
use crate::item::{Record, read};
use crate::key::{Key, last_part, scope_of};
use crate::read::key_of;
use crate::statement;
use crate::transaction::{Commit, until_committed};

impl Store {
    /// The shelves of `pets`, of whichever pools (as they were a moment ago), as far as they have one.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pet_places(&self, pets: &[(Scope, PetId)]) -> Result<HashMap<(Scope, PetId), u32>> {
        let keys: Vec<_> = pets.iter().map(|(scope, pet)| Key::pet_place(*scope, *pet)).collect();
        let mut places = HashMap::new();
        for item in self.batch_get(CATALOGUE, &keys).await? {
            let pet =
                key_of(&item).and_then(|key| scope_of(&key.pk).zip(PetId::parse(last_part(&key.pk)).ok()));
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
        let item = self.get(CATALOGUE, &Key::catalogue_register(scope)).await?;
        let row = item.map(read::<RegisterRow>).transpose()?;
        Ok(row.map_or((0, 0), |row| (row.next, row.version)))
    }

    /// Gives `pets` the places from `first` on, each unless it has one; answers their shelves.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pets_place(&self, scope: Scope, pets: &[PetId], first: u32) -> Result<HashMap<PetId, u32>> {
        let places = (first..).zip(pets);
        let places: Vec<_> =
            places.map(|(position, pet)| Place { scope, pet: *pet, shelf: shelf_of(position) }).collect();
        let insert =
            |place: &Place| Ok((statement::insert(self.table(CATALOGUE), place.item()?)?, place.pet));
        let batch = places.iter().map(insert).collect::<Result<Vec<_>>>()?;
        let mut given: HashMap<_, _> = places.iter().map(|place| (place.pet, place.shelf)).collect();
        for (pet, _) in self.execute_all("place", batch).await? {
            let shelf = self.pet_shelf(scope, pet).await?.ok_or(Error::fault("a pet's place is gone"))?;
            given.insert(pet, shelf);
        }
        Ok(given)
    }

    /// The shelf of a pet (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pet_shelf(&self, scope: Scope, pet: PetId) -> Result<Option<u32>> {
        let item = self.get(CATALOGUE, &Key::pet_place(scope, pet)).await?;
        Ok(item.map(read::<PlaceRow>).transpose()?.map(|row| row.shelf))
    }
}
