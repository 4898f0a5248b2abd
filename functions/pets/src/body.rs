//! A pet as clients send it (contract 4.5).

use domain::pet::{Gender, MedicalInfo, PetStatus, Profile, Size, Species, orders_alone};
use domain::photo::{PHOTOS_MAX, may_be_named};
use domain::{Currency, Error, FieldError, Money, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Characters a free text may have, so that a webhook body stays small.
const TEXT_MAX: usize = 4_096;
/// What a photo's address must be.
const PHOTO_URL: &str =
    "Must be an https URL with a host and no user, in its normal form, other characters escaped.";
/// Characters a short text may have.
const WORDS_MAX: usize = 100;

/// The body as the contract shapes it; members that the server sets are read and ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PetBody {
    species: Option<String>,
    name: Option<String>,
    breed: Option<String>,
    age_months: Option<u32>,
    size: Option<String>,
    color: Option<String>,
    gender: Option<String>,
    good_with_kids: Option<bool>,
    price: Option<String>,
    currency: Option<String>,
    description: Option<String>,
    status: Option<String>,
    photos: Option<Vec<String>>,
    medical_info: Option<MedicalInfo>,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "createdAt")]
    _created_at: Option<IgnoredAny>,
    #[serde(default, rename = "updatedAt")]
    _updated_at: Option<IgnoredAny>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<IgnoredAny>,
}

impl PetBody {
    /// What the body says of a new pet, or everything that is wrong with it.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn parse(self) -> Result<(Profile, PetStatus)> {
        let mut e = Errors::default();
        if self.status.as_deref().and_then(PetStatus::parse).is_some_and(PetStatus::is_an_orders) {
            e.0.push(orders_alone());
        }
        self.read(e)
    }

    /// What the body says of a pet that is there, whose status it may repeat.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn replacement(self) -> Result<(Profile, PetStatus)> {
        self.read(Errors::default())
    }

    fn read(self, mut e: Errors) -> Result<(Profile, PetStatus)> {
        let species = e.word("species", self.species.as_deref(), &Species::words(), Species::parse);
        let name = e.name(self.name);
        let age_months = e.required("ageMonths", self.age_months);
        let price = e.price(self.price.as_deref(), self.currency.as_deref());
        let status = e.word("status", self.status.as_deref(), &PetStatus::words(), PetStatus::parse);
        let size = self.size.and_then(|word| e.word("size", Some(&word), &Size::words(), Size::parse));
        let gender =
            self.gender.and_then(|word| e.word("gender", Some(&word), &Gender::words(), Gender::parse));
        let breed = e.short("breed", self.breed);
        let color = e.short("color", self.color);
        let description = e.text("description", self.description, TEXT_MAX);
        let photos = e.photos(self.photos.unwrap_or_default());
        if let Some(notes) = self.medical_info.as_ref().and_then(|info| info.health_notes.clone()) {
            e.text("medicalInfo.healthNotes", Some(notes), TEXT_MAX);
        }
        match (species, name, age_months, price, status) {
            (Some(species), Some(name), Some(age_months), Some(price), Some(status)) if e.0.is_empty() => {
                let (good_with_kids, medical_info) = (self.good_with_kids, self.medical_info);
                let profile = Profile {
                    species,
                    name,
                    breed,
                    age_months,
                    size,
                    color,
                    gender,
                    good_with_kids,
                    price,
                    description,
                    photos,
                    medical_info,
                };
                Ok((profile, status))
            }
            _ => Err(Error::Invalid(e.0)),
        }
    }
}

/// Collects every breach at once.
#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: &str, code: &'static str, message: &str) {
        self.0.push(FieldError::new(field, code, message));
    }

    fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(field, "required_field", "Is required.");
        }
        value
    }

    fn word<T>(
        &mut self,
        field: &str,
        word: Option<&str>,
        allowed: &str,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let parsed = parse(self.required(field, word)?);
        if parsed.is_none() {
            self.add(field, "invalid_value", &format!("Must be {allowed}."));
        }
        parsed
    }

    fn name(&mut self, name: Option<String>) -> Option<String> {
        let name = self.required("name", name)?;
        if name.trim().is_empty() || name.chars().count() > 50 {
            self.add("name", "invalid_length", "Must have 1 to 50 characters.");
        }
        Some(name)
    }

    fn price(&mut self, price: Option<&str>, currency: Option<&str>) -> Option<Money> {
        let currency = match currency {
            None => Some(Currency::USD),
            Some(code) => self.word("currency", Some(code), &Currency::words(), Currency::parse),
        };
        let price = self.required("price", price)?;
        let money = Money::parse(price, currency?).filter(|money| money.amount_minor > 0);
        if money.is_none() {
            self.add("price", "invalid_format", "Must be a positive decimal string such as \"250.00\".");
        }
        money
    }

    fn short(&mut self, field: &str, value: Option<String>) -> Option<String> {
        self.text(field, value, WORDS_MAX)
    }

    fn text(&mut self, field: &str, value: Option<String>, max: usize) -> Option<String> {
        if value.as_ref().is_some_and(|text| text.chars().count() > max) {
            self.add(field, "too_long", &format!("Must have at most {max} characters."));
        }
        value
    }

    fn photos(&mut self, photos: Vec<String>) -> Vec<String> {
        if photos.len() > PHOTOS_MAX {
            self.add("photos", "too_many", &format!("Must be at most {PHOTOS_MAX} URLs."));
            return Vec::new();
        }
        for (place, _) in photos.iter().enumerate().filter(|(_, url)| !may_be_named(url)) {
            self.add(&format!("photos[{place}]"), "invalid_format", PHOTO_URL);
        }
        photos
    }
}
