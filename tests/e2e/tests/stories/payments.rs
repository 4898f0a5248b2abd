//! Payments: what may be paid, how it ends, and what proves it.

mod by_hand;
mod declines;
mod read;
mod receipts;
mod refunds;
mod silence;
mod source;
mod stuck;

use domain::id::{OrderId, RefundId};
use domain::order::Actor;
use domain::{Scope, Timestamp};
use e2e::{Api, Card, World, id};
use platform::clock;
use serde_json::{Value, json};
use store::Commit;

fn after(ms: i64) -> Timestamp {
    clock::now().plus_ms(ms)
}

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

/// A guest's order whose payment is still running when the answer comes.
async fn processing(world: &World, guest: &Api, number: &str) -> Value {
    let order = world.order(guest, &world.staff()).await;
    let paid = world.pay(guest, &order, number).await;
    assert_eq!(
        (paid.status.as_u16(), &paid.json()["status"]),
        (201, &json!("PROCESSING")),
        "{}",
        paid.json()
    );
    order
}

/// A paid order on which a refund was begun `ago` and left there.
#[expect(clippy::unwrap_used, reason = "a test that cannot change the table has failed")]
async fn refunding(world: &World, staff: &Api, ago: i64) -> (Value, RefundId) {
    let order = world.order(staff, staff).await;
    assert_eq!(world.pay(staff, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    let refund = RefundId::new(clock::fresh_id());
    let stored = OrderId::parse(id(&order)).unwrap();
    let stored = world.store.order_fetch(Scope::Shared, stored).await.unwrap().unwrap();
    let begun = stored.begin_refund(refund, Actor::System, after(-ago)).unwrap();
    assert_eq!(world.store.transaction().replace("order", &begun).commit().await.unwrap(), Commit::Done);
    (order, refund)
}
