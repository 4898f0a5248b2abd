//! Refunds that the provider refuses, or answers too late.

use domain::time::SECOND_MS;
use e2e::{Api, Books, Card, World, code};
use platform::clock;
use serde_json::{Value, json};

use crate::payments::{path, payments, status};

/// An order that was paid with a card.
async fn paid(world: &World, staff: &Api, number: &str) -> Value {
    let order = world.order(staff, staff).await;
    assert_eq!(world.pay(staff, &order, number).await.json()["status"], "SUCCEEDED");
    order
}

/// What an order and its only payment are.
async fn both(staff: &Api, order: &Value) -> (Value, Value) {
    (status(staff, order).await, payments(staff, order).await[0]["status"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_refused_leaves_the_order_paid_and_on_its_way() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = paid(&world, &staff, Card::REFUND_REFUSED).await;
    for refusals in 1..=2 {
        let refused = staff.delete(&path(&order)).await;
        assert_eq!((refused.status.as_u16(), code(&refused)), (409, "refund_refused".to_owned()));
        assert_eq!(both(&staff, &order).await, (json!("APPROVED"), json!("SUCCEEDED")));
        let books = Books::read(&world).await;
        books.assert_agree();
        assert_eq!((books.entries("refund").count(), books.entries("refusal").count()), (0, refusals));
    }
    assert_eq!(staff.patch(&path(&order), &json!({"status": "SHIPPED"})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_is_late_is_done_later_and_a_repeat_finds_it_done() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = paid(&world, &staff, Card::REFUND_LATE).await;
    let silent = staff.delete(&path(&order)).await;
    assert_eq!((silent.status.as_u16(), silent.header("retry-after").is_empty()), (503, false));
    assert_eq!(both(&staff, &order).await, (json!("APPROVED"), json!("SUCCEEDED")));
    let running = staff.delete(&path(&order)).await;
    assert_eq!((running.status.as_u16(), code(&running)), (409, "operation_in_progress".to_owned()));

    assert_eq!(world.reconcile(clock::now().plus_ms(61 * SECOND_MS)).await, 1);
    assert_eq!(both(&staff, &order).await, (json!("CANCELLED"), json!("CANCELLED")));
    assert_eq!(staff.delete(&path(&order)).await.status, 204);
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!(books.entries("refund").count(), 1);
}
