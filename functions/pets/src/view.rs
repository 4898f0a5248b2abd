//! How pets look on the wire (contract 4.5).

use domain::TenantId;
use domain::id::PetId;
use domain::pet::{Gender, MedicalInfo, Pet, PetStatus, Size, Species};
use serde::Serialize;

/// A pet on the wire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct PetView {
    pub id: PetId,
    pub species: Species,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breed: Option<String>,
    pub age_months: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_with_kids: Option<bool>,
    pub price: String,
    pub currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub status: PetStatus,
    pub created_at: String,
    pub updated_at: String,
    pub tenant_id: Option<TenantId>,
    pub photos: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medical_info: Option<MedicalInfo>,
}

impl From<&Pet> for PetView {
    fn from(pet: &Pet) -> Self {
        let profile = pet.profile.clone();
        Self {
            id: pet.id,
            species: profile.species,
            name: profile.name,
            breed: profile.breed,
            age_months: profile.age_months,
            size: profile.size,
            color: profile.color,
            gender: profile.gender,
            good_with_kids: profile.good_with_kids,
            price: profile.price.amount(),
            currency: profile.price.currency.to_string(),
            description: profile.description,
            status: pet.status,
            created_at: pet.created_at.to_rfc3339(),
            updated_at: pet.updated_at.to_rfc3339(),
            tenant_id: pet.scope.tenant_id(),
            photos: profile.photos,
            medical_info: profile.medical_info,
        }
    }
}
