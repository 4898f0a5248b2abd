//! Pets: what is for adoption, and what an order does to it.

mod replace;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::event::{PetStatusChanged, fresh_version};
use crate::id::{EventId, OrderId, PetId};
use crate::money::Money;
use crate::tenant::Scope;
use crate::time::Timestamp;
use crate::wire::wire_enum;

pub use replace::orders_alone;

wire_enum! {
    /// What kind of animal (contract 4.5).
    Species { Dog = "DOG", Cat = "CAT", Rabbit = "RABBIT", Bird = "BIRD", Reptile = "REPTILE", Other = "OTHER" }
}
wire_enum! {
    /// How large.
    Size { Small = "SMALL", Medium = "MEDIUM", Large = "LARGE" }
}
wire_enum! {
    /// Which sex.
    Gender { Male = "MALE", Female = "FEMALE", Unknown = "UNKNOWN" }
}
wire_enum! {
    /// Whether the pet can be ordered.
    PetStatus { Available = "AVAILABLE", Pending = "PENDING", Adopted = "ADOPTED", NotAvailable = "NOT_AVAILABLE" }
}

/// What is known of a pet's health; a closed object on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct MedicalInfo {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spayed_neutered: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vaccinated: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microchipped: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special_needs: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_notes: Option<String>,
}

/// What staff say of a pet; everything but what the shop itself keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct Profile {
    pub species: Species,
    pub name: String,
    pub breed: Option<String>,
    pub age_months: u32,
    pub size: Option<Size>,
    pub color: Option<String>,
    pub gender: Option<Gender>,
    pub good_with_kids: Option<bool>,
    pub price: Money,
    pub description: Option<String>,
    pub photos: Vec<String>,
    pub medical_info: Option<MedicalInfo>,
}

/// A pet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pet {
    /// Its id.
    pub id: PetId,
    /// The pool it lives in.
    pub scope: Scope,
    /// What staff say of it.
    pub profile: Profile,
    /// Whether it can be ordered.
    pub status: PetStatus,
    /// The open order that holds it; while set, only that order changes the status.
    pub reserved_by: Option<OrderId>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it last changed; strictly increasing.
    pub updated_at: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
    /// What the last write told the world.
    pub events: Vec<PetStatusChanged>,
}

impl Pet {
    /// A pet that staff took in.
    #[must_use]
    pub const fn take_in(
        id: PetId,
        scope: Scope,
        profile: Profile,
        status: PetStatus,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            scope,
            profile,
            status,
            reserved_by: None,
            created_at: now,
            updated_at: now,
            version: 1,
            events: Vec::new(),
        }
    }

    /// Holds an available pet for `order`.
    ///
    /// # Errors
    /// [`Error::Conflict`] `pet_not_available` in every other status.
    pub fn reserve(self, order: OrderId, event: EventId, now: Timestamp) -> Result<Self> {
        if self.status != PetStatus::Available || self.reserved_by.is_some() {
            return Err(Error::conflict("pet_not_available", "The pet is not available for adoption."));
        }
        Ok(self.become_status(PetStatus::Pending, Some(order), event, "order placed", now))
    }

    /// Gives the pet to `order`, which holds it and is paid.
    ///
    /// # Errors
    /// [`Error::Internal`] when another order holds it: the store's conditions make that impossible.
    pub fn adopt(self, order: OrderId, event: EventId, now: Timestamp) -> Result<Self> {
        self.held_by(order)?;
        Ok(self.become_status(PetStatus::Adopted, Some(order), event, "order paid", now))
    }

    /// Frees the pet of `order`, which is cancelled.
    ///
    /// # Errors
    /// [`Error::Internal`] when another order holds it.
    pub fn release(self, order: OrderId, event: EventId, now: Timestamp) -> Result<Self> {
        self.held_by(order)?;
        Ok(self.become_status(PetStatus::Available, None, event, "order cancelled", now))
    }

    fn held_by(&self, order: OrderId) -> Result<()> {
        if self.reserved_by == Some(order) { Ok(()) } else { Err(Error::fault("pet held by another order")) }
    }

    fn become_status(
        self,
        status: PetStatus,
        reserved_by: Option<OrderId>,
        event: EventId,
        reason: &'static str,
        now: Timestamp,
    ) -> Self {
        let changed = PetStatusChanged { id: event, previous: self.status, reason: reason.to_owned() };
        let (version, updated_at) = fresh_version(self.version, self.updated_at, now);
        Self { status, reserved_by, version, updated_at, events: vec![changed], ..self }
    }
}
