//! Payments: what may be paid, how it ends, and what proves it.

mod declines;
mod receipts;
mod refunds;
mod silence;
mod source;

use e2e::{Api, id};
use serde_json::Value;

/// Where an order lives.
fn path(order: &Value) -> String {
    format!("/v1/orders/{}", id(order))
}

/// The order's status now.
async fn status(api: &Api, order: &Value) -> Value {
    api.get(&path(order)).await.json()["status"].clone()
}

/// Every payment of an order that was tried.
async fn payments(api: &Api, order: &Value) -> Vec<Value> {
    let list = api.get(&format!("{}/payments", path(order))).await.json();
    list["data"].as_array().cloned().unwrap_or_default()
}
