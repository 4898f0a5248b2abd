//! Orders: placed, read, listed, shipped, cancelled and ended by time.

mod access;
mod cancel;
mod conditional;
mod list;
mod place;
mod reservations;
mod ship;
mod tenants;

use e2e::{Api, World, id};
use serde_json::{Value, json};

/// Where an order lives.
fn path(order: &Value) -> String {
    format!("/v1/orders/{}", id(order))
}

/// The order as it is now.
async fn now(api: &Api, order: &Value) -> Value {
    api.get(&path(order)).await.json()
}

/// The status of the pet that an order is for.
async fn pet_status(api: &Api, order: &Value) -> Value {
    api.get(&format!("/v1/pets/{}", order["petId"].as_str().unwrap_or_default())).await.json()["status"]
        .clone()
}

/// A new order of `api` that is paid.
async fn paid(world: &World, api: &Api, staff: &Api) -> Value {
    let order = world.order(api, staff).await;
    let payment = world.pay(api, &order, e2e::Card::GOOD).await;
    assert_eq!(payment.json()["status"], "SUCCEEDED", "{}", payment.json());
    now(api, &order).await
}

/// The order after staff moved it on.
async fn moved(staff: &Api, order: &Value, status: &str) -> Value {
    let reply = staff.patch(&path(order), &json!({"status": status})).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (200, &json!(status)), "{}", reply.json());
    reply.json()
}
