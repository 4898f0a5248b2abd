//! Many different pets at once, and what a plain look at all of them finds.

use domain::id::PetId;
use domain::pet::{MedicalInfo, Pet, PetStatus, Profile, Size, Species};
use domain::{Currency, Money, Scope, Timestamp};
use uuid::Builder;

/// When the first came.
const BEGIN_MS: u64 = 1_766_000_000_000;

/// The `number`th of a crowd: every trait depends on the number alone.
#[must_use]
pub fn pet(scope: Scope, number: u32) -> Pet {
    let dice = |sides: u32, salt: u32| scramble(number, salt) % sides;
    let flag = |salt| match dice(3, salt) {
        0 => None,
        side => Some(side == 1),
    };
    let pick = |count: usize, salt| dice(u32::try_from(count).unwrap_or(1), salt) as usize;
    let profile = Profile {
        species: Species::ALL[pick(Species::ALL.len(), 1)],
        name: format!("Pet {number}"),
        breed: None,
        age_months: dice(240, 2),
        size: Size::ALL.get(pick(Size::ALL.len() + 1, 3)).copied(),
        color: None,
        gender: None,
        good_with_kids: flag(4),
        price: Money { amount_minor: i64::from(100 + dice(50_000, 5)), currency: Currency::USD },
        description: None,
        photos: Vec::new(),
        medical_info: Some(MedicalInfo {
            vaccinated: flag(6),
            spayed_neutered: flag(7),
            special_needs: flag(8),
            ..MedicalInfo::default()
        }),
    };
    let at_ms = BEGIN_MS + u64::from(number);
    let mut random = [0; 10];
    random[6..].copy_from_slice(&number.to_be_bytes());
    let id = PetId::new(Builder::from_unix_timestamp_millis(at_ms, &random).into_uuid());
    let at = Timestamp::from_ms(i64::try_from(at_ms).unwrap_or_default());
    let status = PetStatus::ALL[pick(PetStatus::ALL.len(), 9)];
    Pet::take_in(id, scope, profile, status, at)
}

/// splitmix64, so that neighbours have nothing in common.
const fn scramble(number: u32, salt: u32) -> u32 {
    let mut z = (((salt as u64) << 32) | number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 32) as u32
}
