//! What staff do to a pet that is there: they say anew what it is, or take it out of the shop.
//!
//! While an open order holds the pet, its status is that order's business alone.

use crate::error::{Error, FieldError, Result};
use crate::event::{PetStatusChanged, fresh_version};
use crate::id::EventId;
use crate::pet::{Pet, PetStatus, Profile};
use crate::time::Timestamp;

/// The refusal of a status that staff cannot give.
#[must_use]
pub fn orders_alone() -> FieldError {
    FieldError::new("status", "invalid_value", "Only an order makes a pet PENDING or ADOPTED.")
}

impl PetStatus {
    /// Whether only an order gives it.
    #[must_use]
    pub const fn is_an_orders(self) -> bool {
        matches!(self, Self::Pending | Self::Adopted)
    }
}

impl Pet {
    /// The pet as staff say it is. `held`: whether an open order holds it.
    ///
    /// A pet whose order is over may come back: whatever else its status becomes, no order holds it any more.
    ///
    /// # Errors
    /// [`Error::Conflict`] `pet_held` for another status while an order holds it; [`Error::Invalid`] for one that
    /// only an order gives.
    pub fn replace(
        self,
        profile: Profile,
        status: PetStatus,
        held: bool,
        event: EventId,
        now: Timestamp,
    ) -> Result<Self> {
        let (version, updated_at) = fresh_version(self.version, self.updated_at, now);
        let pet = Self { profile, version, updated_at, events: Vec::new(), ..self };
        if status == pet.status {
            return Ok(pet);
        }
        pet.free(held)?;
        if status.is_an_orders() {
            return Err(Error::Invalid(vec![orders_alone()]));
        }
        let reason = "changed by staff".to_owned();
        let changed = PetStatusChanged { id: event, previous: pet.status, reason };
        Ok(Self { status, reserved_by: None, events: vec![changed], ..pet })
    }

    /// Refuses what cannot be done to a pet that an open order holds.
    ///
    /// # Errors
    /// [`Error::Conflict`] `pet_held`.
    pub fn free(&self, held: bool) -> Result<()> {
        if held {
            return Err(Error::conflict("pet_held", "An open order holds the pet; cancel it first."));
        }
        Ok(())
    }
}
