//! `GET /v1/pets`: what is for adoption, newest first. `AVAILABLE` unless another status is asked for.

use domain::Result;
use domain::pet::{Pet, PetStatus, Size, Species};
use serde::Serialize;
use web::{Answer, Query, Request};

use crate::{App, PetView};

#[derive(Serialize)]
struct Page {
    data: Vec<PetView>,
    pagination: Pagination,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    page: usize,
    limit: usize,
    total_items: usize,
    total_pages: usize,
}

struct Filter {
    status: PetStatus,
    species: Option<Species>,
    size: Option<Size>,
    age_min: u32,
    age_max: u32,
    good_with_kids: Option<bool>,
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let query = request.query();
    let page = as_size(query.integer("page", 1..=1_000_000, 1)?);
    let limit = as_size(query.integer("limit", 1..=100, 20)?);
    let filter = Filter::read(&query)?;
    let mut pets = app.store.pets_fetch(request.caller.scope).await?;
    pets.retain(|pet| filter.matches(pet));
    let total_items = pets.len();
    let data = pets.iter().skip((page - 1) * limit).take(limit).map(PetView::from).collect();
    let pagination = Pagination { page, limit, total_items, total_pages: total_items.div_ceil(limit) };
    Ok(Answer::ok(Page { data, pagination }))
}

impl Filter {
    fn read(query: &Query) -> Result<Self> {
        let listable =
            |word: &str| PetStatus::parse(word).filter(|status| *status != PetStatus::NotAvailable);
        Ok(Self {
            status: query
                .parsed("status", "AVAILABLE, PENDING or ADOPTED", listable)?
                .unwrap_or(PetStatus::Available),
            species: query.parsed("species", "a species", Species::parse)?,
            size: query.parsed("size", "SMALL, MEDIUM or LARGE", Size::parse)?,
            age_min: query.integer("ageMin", 0..=u32::MAX, 0)?,
            age_max: query.integer("ageMax", 0..=u32::MAX, u32::MAX)?,
            good_with_kids: query.parsed("goodWithKids", "true or false", |word| word.parse().ok())?,
        })
    }

    fn matches(&self, pet: &Pet) -> bool {
        let profile = &pet.profile;
        pet.status == self.status
            && self.species.is_none_or(|species| species == profile.species)
            && self.size.is_none_or(|size| Some(size) == profile.size)
            && (self.age_min..=self.age_max).contains(&profile.age_months)
            && self.good_with_kids.is_none_or(|good| Some(good) == profile.good_with_kids)
    }
}

fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
