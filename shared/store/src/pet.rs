//! Pets.

use std::collections::HashMap;

use domain::event::PetStatusChanged;
use domain::id::{EventId, OrderId, PetId};
use domain::pet::{Gender, MedicalInfo, Pet, PetStatus, Profile, Size, Species};
use domain::{Currency, Money, Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::RowError;
use crate::item::{Item, Record, read};
use crate::key::{Key, scope_of};
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct PetRow {
    #[serde(default)]
    pk: String,
    own_sk: PetId,
    species: Species,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    breed: Option<String>,
    age_months: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<Size>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gender: Option<Gender>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    good_with_kids: Option<bool>,
    amount: i64,
    currency: Currency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    photos: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    medical: Option<MedicalInfo>,
    status: PetStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved_by: Option<OrderId>,
    created: Timestamp,
    updated: Timestamp,
    #[serde(default)]
    version: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventRow>,
}

#[derive(Serialize, Deserialize)]
struct EventRow {
    id: EventId,
    from: PetStatus,
    reason: String,
}

impl Record for Pet {
    const TABLE: Table = Table::State;
    type Row = PetRow;

    fn key(&self) -> Key {
        Key::pet(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    fn row(&self) -> PetRow {
        let profile = self.profile.clone();
        PetRow {
            pk: String::new(),
            own_sk: self.id,
            species: profile.species,
            name: profile.name,
            breed: profile.breed,
            age_months: profile.age_months,
            size: profile.size,
            color: profile.color,
            gender: profile.gender,
            good_with_kids: profile.good_with_kids,
            amount: profile.price.amount_minor,
            currency: profile.price.currency,
            description: profile.description,
            photos: profile.photos,
            medical: profile.medical_info,
            status: self.status,
            reserved_by: self.reserved_by,
            created: self.created_at,
            updated: self.updated_at,
            version: self.version,
            events: self.events.iter().map(event_row).collect(),
        }
    }
}

fn event_row(event: &PetStatusChanged) -> EventRow {
    EventRow { id: event.id, from: event.previous, reason: event.reason.clone() }
}

impl TryFrom<PetRow> for Pet {
    type Error = RowError;

    fn try_from(row: PetRow) -> std::result::Result<Self, RowError> {
        let profile = Profile {
            species: row.species,
            name: row.name,
            breed: row.breed,
            age_months: row.age_months,
            size: row.size,
            color: row.color,
            gender: row.gender,
            good_with_kids: row.good_with_kids,
            price: Money { amount_minor: row.amount, currency: row.currency },
            description: row.description,
            photos: row.photos,
            medical_info: row.medical,
        };
        Ok(Self {
            id: row.own_sk,
            scope: scope_of(&row.pk).ok_or(RowError::Attribute("pk"))?,
            profile,
            status: row.status,
            reserved_by: row.reserved_by,
            created_at: row.created,
            updated_at: row.updated,
            version: row.version,
            events: row.events.into_iter().map(EventRow::read).collect(),
        })
    }
}

impl EventRow {
    fn read(self) -> PetStatusChanged {
        PetStatusChanged { id: self.id, previous: self.from, reason: self.reason }
    }
}

impl Store {
    /// The pet as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pet_fetch(&self, scope: Scope, id: PetId) -> Result<Option<Pet>> {
        let item = self.get(Table::State, &Key::pet(scope, id)).await?;
        item.map(pet_of).transpose()
    }

    /// Pets as they are now, a hundred in a call, no key twice. What is not there is left out; one that cannot be read
    /// stands in nobody's way.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pets_look_up(
        &self,
        pets: &[(Scope, PetId)],
    ) -> Result<HashMap<(Scope, PetId), Result<Pet>>> {
        let keys = pets.iter().map(|(scope, id)| Key::pet(*scope, *id)).collect();
        let mut found = self.batch_get_consistent(Table::State, keys).await?;
        let read = |(scope, id): &(Scope, PetId)| {
            found.remove(&Key::pet(*scope, *id)).map(|item| ((*scope, *id), pet_of(item)))
        };
        Ok(pets.iter().filter_map(read).collect())
    }

    /// Pets by id (as they were a moment ago), in the order asked; those that are gone are left out.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn pets_fetch(&self, scope: Scope, ids: &[PetId]) -> Result<Vec<Pet>> {
        let keys: Vec<_> = ids.iter().map(|id| Key::pet(scope, *id)).collect();
        self.batch_get(Table::State, &keys).await?.into_iter().map(pet_of).collect()
    }
}

pub(crate) fn pet_of(item: Item) -> Result<Pet> {
    Ok(read::<PetRow>(item)?.try_into()?)
}
