//! What a request costs in reads, however many pets there are.

use clap::Args;
use domain::Scope;
use local::client::{Client, Reply};
use local::options::Options;
use local::{Local, crowd, functions, load};
use serde_json::{Value, json};
use store::meter::{Cost, Meter};

use crate::Result;

/// Sizes to measure.
#[derive(Args)]
pub(crate) struct Load {
    /// Pets in the shop; as often as there are sizes.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    pets: Vec<u32>,
}

/// A page, with the numbers of the first, middle or last page filled in.
const LISTS: &[(&str, &str)] = &[
    ("a list's first page", "/v1/pets?page={first}"),
    ("its middle page", "/v1/pets?page={middle}"),
    ("its last page", "/v1/pets?page={last}"),
    ("of one species and status, middle page", "/v1/pets?status=ADOPTED&species=REPTILE&page={middle}"),
    ("a hundred pets, middle page", "/v1/pets?limit=100&page={middle}"),
    ("the inventory", "/v1/inventory"),
    ("a list by size and age, first page", "/v1/pets?size=SMALL&ageMin=12&ageMax=36"),
];

pub(crate) async fn run(load: &Load) -> Result<()> {
    for pets in &load.pets {
        measure(*pets).await?;
    }
    Ok(())
}

async fn measure(pets: u32) -> Result<()> {
    let meter = Meter::default();
    let counting = meter.clone();
    let options = Options { no_seed: true, ..Options::ephemeral() };
    let local = Local::start_with(options, move |mut wiring| {
        wiring.meter = Some(counting);
        functions::wire(wiring)
    })
    .await?;
    load::catalogue(
        local.database_path(),
        Scope::Shared,
        (0..pets).map(|number| crowd::pet(Scope::Shared, number)),
    )?;
    println!("\n{pets} pets");
    let api = Client::new(local.base_url()).with_token(&local.staff_tokens()?.shared);
    api.get("/v1/inventory").await?;
    for (title, path) in LISTS {
        let unpaged = path.split("page=").next().unwrap_or(path).trim_end_matches(['?', '&']);
        let total = asked(&api, unpaged).await?.json()["pagination"]["totalPages"].as_u64();
        let last = total.unwrap_or(1).max(1);
        let path = path.replace("{first}", "1").replace("{middle}", &(last / 2 + 1).to_string());
        drop(meter.take());
        asked(&api, &path.replace("{last}", &last.to_string())).await?;
        print(title, &meter.take());
    }
    let search = json!({"criteria": {"species": ["DOG"], "medical": {"vaccinated": true}}, "sort": {"field": "price"}});
    drop(meter.take());
    checked(api.post("/v1/pets/search", &search).await?)?;
    print("a sorted search", &meter.take());
    local.shutdown().await;
    Ok(())
}

async fn asked(api: &Client, path: &str) -> Result<Reply> {
    checked(api.get(path).await?)
}

fn checked(reply: Reply) -> Result<Reply> {
    let body: Value = reply.json();
    if reply.status == 200 { Ok(reply) } else { Err(format!("{}: {body}", reply.status).into()) }
}

fn print(title: &str, costs: &[Cost]) {
    // The sweeper and reconcile look at indexes meanwhile; requests read the table alone.
    let reads: Vec<_> = costs.iter().filter(|cost| !cost.place.contains('/')).collect();
    let units: f64 = reads.iter().map(|cost| cost.read_units).sum();
    println!("  {title:<40} {units:7.1} read units in {:3} calls", reads.len());
}
