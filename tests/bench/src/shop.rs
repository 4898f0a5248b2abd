//! Pets to be ordered, and who hears of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use local::client::Client;
use local::receiver::Receiver;
use serde_json::{Value, json};

use crate::Result;

/// Requests at the same time while the shop is stocked.
const STOCKING: usize = 8;
/// The longest wait for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// Takes `count` pets in; answers their ids.
pub(crate) async fn stock(staff: &Client, count: usize) -> Result<Vec<String>> {
    let pet = json!({"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00", "currency": "USD",
                     "status": "AVAILABLE"});
    let made = stream::iter(0..count).map(|_| staff.post("/v1/pets", &pet)).buffer_unordered(STOCKING);
    made.map(|reply| Ok(text(&reply?.json()["id"]))).try_collect().await
}

/// Registers `count` endpoints at the receiver.
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

/// Waits until `count` deliveries have arrived.
pub(crate) async fn arrived(receiver: &Receiver, count: usize) -> Result<()> {
    let enough = receiver.until(|all| all.len() >= count);
    let came = tokio::time::timeout(PATIENCE, enough).await;
    came.map(drop).map_err(|_| format!("{} of {count} arrived", receiver.received().len()).into())
}

/// How late each pet's order was told, from the time in `from`; sorted.
pub(crate) fn lateness(receiver: &Receiver, from: &HashMap<String, Instant>) -> Vec<Duration> {
    let late = |received: &local::receiver::Received| {
        let pet = text(&received.json()["data"]["order"]["petId"]);
        Some(received.at.duration_since(*from.get(&pet)?))
    };
    let mut all: Vec<_> = receiver.received().iter().filter_map(late).collect();
    all.sort_unstable();
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
