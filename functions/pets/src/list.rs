//! `GET /v1/pets`: what is for adoption, newest first. `AVAILABLE` unless another status is asked for.

use domain::Result;
use domain::catalogue::Criteria;
use domain::pet::{PetStatus, Size, Species};
use web::{Answer, Params, Request};

use crate::find::{Question, find};
use crate::{App, page};

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let query = request.query();
    let question = query.read(question)?;
    let found = find(&app.store, request.caller.scope, &question).await?;
    Ok(page::answer(&question, &found, |cursor| {
        format!("/v1/pets?{}", query.with("page", "1").with("cursor", &cursor.to_string()))
    }))
}

fn question(query: &Params<'_>) -> Question {
    Question {
        page: query.integer("page", 1..=1_000_000, 1),
        limit: query.integer("limit", 1..=100, 20),
        criteria: criteria(query),
        sort: None,
        before: query.parsed("cursor", page::CURSOR, |text| text.parse().ok()),
    }
}

fn criteria(query: &Params<'_>) -> Criteria {
    let listable = |word: &str| PetStatus::parse(word).filter(|status| *status != PetStatus::NotAvailable);
    let status = query.parsed("status", "AVAILABLE, PENDING or ADOPTED", listable);
    let age_min = query.integer("ageMin", 0..=u32::MAX, 0);
    let age_max = query.integer("ageMax", 0..=u32::MAX, u32::MAX);
    Criteria {
        species: query.parsed("species", &Species::words(), Species::parse).into_iter().collect(),
        sizes: query.parsed("size", &Size::words(), Size::parse).into_iter().collect(),
        age: age_min..=age_max,
        good_with_kids: query.parsed("goodWithKids", "true or false", |word| word.parse().ok()),
        ..Criteria::of_status(status.unwrap_or(PetStatus::Available))
    }
}
