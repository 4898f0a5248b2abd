//! `GET /v1/inventory` and `GET /v1/inventories`: how many pets there are, by the catalogue's tallies. For whoever has a
//! token of the pool.

use std::collections::BTreeMap;

use domain::catalogue::Counts;
use domain::pet::{PetStatus, Species};
use domain::{Error, Result};
use serde::Serialize;
use web::{Answer, Request};

use crate::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inventory {
    #[serde(flatten)]
    all: Stock,
    by_species: BTreeMap<Species, Stock>,
}

/// Pets that are not for adoption are no stock.
#[derive(Serialize)]
struct Stock {
    available: u32,
    pending: u32,
    adopted: u32,
    total: u32,
}

impl Stock {
    fn of(count: impl Fn(PetStatus) -> u32) -> Self {
        let [available, pending, adopted] =
            [PetStatus::Available, PetStatus::Pending, PetStatus::Adopted].map(count);
        Self { available, pending, adopted, total: available + pending + adopted }
    }
}

pub(crate) async fn inventory(app: &App, request: &Request) -> Result<Answer> {
    let counts = counts(app, request).await?;
    let of = |species: &Species| (*species, Stock::of(|status| counts.get(status, *species)));
    Ok(Answer::ok(Inventory {
        all: Stock::of(|status| counts.of_status(status)),
        by_species: Species::ALL.iter().map(of).collect(),
    }))
}

pub(crate) async fn inventories(app: &App, request: &Request) -> Result<Answer> {
    let allowed = format!("{}, or several of them separated by commas", PetStatus::words());
    let asked = request.query().read(|query| query.parsed("status", &allowed, statuses))?;
    let asked = asked.unwrap_or_else(|| PetStatus::ALL.to_vec());
    let counts = counts(app, request).await?;
    let stock: BTreeMap<_, _> = asked.into_iter().map(|status| (status, counts.of_status(status))).collect();
    Ok(Answer::ok(stock))
}

async fn counts(app: &App, request: &Request) -> Result<Counts> {
    request.caller.user.ok_or(Error::Unauthenticated("this operation needs a bearer token"))?;
    let aisles = app.store.catalogue_aisles(request.caller.scope).await?;
    Ok(Counts::sum(aisles.iter().map(|(_, counts)| counts)))
}

fn statuses(text: &str) -> Option<Vec<PetStatus>> {
    text.split(',').map(PetStatus::parse).collect()
}
