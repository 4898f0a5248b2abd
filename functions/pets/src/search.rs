//! `QUERY /v1/pets` and `POST /v1/pets/search`: the same, for clients that have no QUERY. Of pets for adoption.
//!
//! The body is open: members that we do not know are ignored, so that a client may ask for what we learn later.

use std::collections::BTreeMap;

use domain::catalogue::{Criteria, Direction, Sort, SortField};
use domain::pet::{PetStatus, Size, Species};
use domain::{Error, FieldError, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use web::{Answer, Request};

use crate::find::{Question, find};
use crate::{App, page};

/// Members that we do not know. They also make each object one that no array can stand for.
type Others = BTreeMap<String, IgnoredAny>;

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    criteria: CriteriaBody,
    sort: Option<SortBody>,
    #[serde(default)]
    pagination: Pagination,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CriteriaBody {
    #[serde(default)]
    species: Vec<String>,
    #[serde(default)]
    size: Vec<String>,
    #[serde(default)]
    age_range: AgeRange,
    #[serde(default)]
    compatibility: Compatibility,
    #[serde(default)]
    medical: Medical,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Default, Deserialize)]
struct AgeRange {
    min: Option<u32>,
    max: Option<u32>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Compatibility {
    good_with_kids: Option<bool>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Medical {
    vaccinated: Option<bool>,
    spayed_neutered: Option<bool>,
    special_needs: Option<bool>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
struct SortBody {
    field: Option<String>,
    order: Option<String>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Default, Deserialize)]
struct Pagination {
    page: Option<u32>,
    limit: Option<u32>,
    #[serde(flatten)]
    _others: Others,
}

pub(crate) async fn search(app: &App, request: &Request) -> Result<Answer> {
    let before =
        request.query().read(|query| query.parsed("cursor", page::CURSOR, |text| text.parse().ok()))?;
    let question = Question { before, ..request.json(Body::parse)? };
    let found = find(&app.store, request.caller.scope, &question).await?;
    let path = request.route;
    Ok(page::answer(&question, &found, |cursor| format!("{path}?cursor={cursor}")))
}

impl Body {
    fn parse(self) -> Result<Question> {
        let mut errors = Vec::new();
        let asked = self.criteria;
        let species = words(
            &mut errors,
            "criteria.species",
            &asked.species,
            (Species::ALL.len(), Species::words()),
            Species::parse,
        );
        let sizes =
            words(&mut errors, "criteria.size", &asked.size, (Size::ALL.len(), Size::words()), Size::parse);
        let sort = self.sort.and_then(|sort| sort.parse(&mut errors));
        let page = within(&mut errors, "pagination.page", self.pagination.page.unwrap_or(1), 1_000_000);
        let limit = within(&mut errors, "pagination.limit", self.pagination.limit.unwrap_or(20), 100);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let criteria = Criteria {
            species,
            sizes,
            age: asked.age_range.min.unwrap_or(0)..=asked.age_range.max.unwrap_or(u32::MAX),
            good_with_kids: asked.compatibility.good_with_kids,
            vaccinated: asked.medical.vaccinated,
            spayed_neutered: asked.medical.spayed_neutered,
            special_needs: asked.medical.special_needs,
            ..Criteria::of_status(PetStatus::Available)
        };
        Ok(Question { criteria, sort, page, limit, before: None })
    }
}

impl SortBody {
    fn parse(self, errors: &mut Vec<FieldError>) -> Option<Sort> {
        let field = self.field.as_deref().map_or(Some(SortField::AgeMonths), SortField::parse);
        let direction = self.order.as_deref().map_or(Some(Direction::Ascending), Direction::parse);
        if field.is_none() {
            errors.push(FieldError::new("sort.field", "invalid_value", "Must be ageMonths or price."));
        }
        if direction.is_none() {
            errors.push(FieldError::new("sort.order", "invalid_value", "Must be ASC or DESC."));
        }
        Some(Sort { field: field?, direction: direction? })
    }
}

/// As many words as there are, at most: more of them say nothing more, and are not looked at.
fn words<T>(
    errors: &mut Vec<FieldError>,
    field: &str,
    words: &[String],
    (max, allowed): (usize, String),
    parse: fn(&str) -> Option<T>,
) -> Vec<T> {
    if words.len() > max {
        errors.push(FieldError::new(field, "too_many", format!("Must be at most {max} words.")));
        return Vec::new();
    }
    let mut parsed = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match parse(word) {
            Some(value) => parsed.push(value),
            None => {
                let message = format!("Must be {allowed}.");
                errors.push(FieldError::new(format!("{field}[{index}]"), "invalid_value", message));
            }
        }
    }
    parsed
}

fn within(errors: &mut Vec<FieldError>, field: &str, number: u32, max: u32) -> u32 {
    if !(1..=max).contains(&number) {
        errors.push(FieldError::new(field, "out_of_range", format!("Must be 1 to {max}.")));
    }
    number
}
