//! Pets to be ordered, and who hears of it.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use local::client::Client;
use serde_json::json;

use crate::Result;

/// Requests at the same time while the shop is stocked.
const STOCKING: usize = 16;

/// Takes `count` pets in; answers their ids.
pub(crate) async fn stock(staff: &Client, count: usize) -> Result<Vec<String>> {
    let pet = json!({"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD",
                     "status": "AVAILABLE"});
    let made = stream::iter(0..count).map(|_| staff.post("/v1/pets", &pet)).buffer_unordered(STOCKING);
    let id = |reply: local::client::Reply| reply.json()["id"].as_str().map(str::to_owned);
    made.map(|reply| id(reply?).ok_or_else(|| "a pet was refused".into())).try_collect().await
}

/// Registers `count` endpoints at `url`.
pub(crate) async fn listen(staff: &Client, url: &str, count: usize) -> Result<()> {
    for _ in 0..count {
        let reply = staff.post("/v1/webhooks", &json!({"url": url, "events": ["order.created"]})).await?;
        if reply.status != 201 {
            return Err(format!("an endpoint was refused: {}", reply.json()).into());
        }
    }
    Ok(())
}

/// Orders a pet.
pub(crate) async fn order(staff: &Client, pet: &str) -> Result<()> {
    let reply = staff.post("/v1/orders", &json!({"petId": pet})).await?;
    if reply.status == 201 { Ok(()) } else { Err(format!("an order was refused: {}", reply.json()).into()) }
}

/// Orders all of `pets`, `concurrency` at a time.
pub(crate) async fn order_all(staff: &Client, pets: &[String], concurrency: usize) -> Result<()> {
    stream::iter(pets).map(|pet| order(staff, pet)).buffer_unordered(concurrency).try_collect().await
}
