//! Pay, cancel and ship at the same time.

use domain::order::OrderStatus;
use e2e::{Api, Card, Reply, World, id};
use serde_json::{Value, json};

use crate::interference::{disturbed, quiet, with_status};

/// Races of one kind.
const ROUNDS: usize = 8;

/// Pays, cancels and ships `order` at the same time; answers in this order.
async fn race(world: &World, staff: &Api, order: &Value) -> [Reply; 3] {
    let (path, shipped) = (format!("/v1/orders/{}", id(order)), json!({"status": "SHIPPED"}));
    let (paid, cancelled, shipped) =
        tokio::join!(world.pay(staff, order, Card::GOOD), staff.delete(&path), staff.patch(&path, &shipped));
    [paid, cancelled, shipped]
}

/// Whether the answers to pay, cancel and ship can have led from an order that was paid or not to this end.
fn explains(replies: &[Reply; 3], was_paid: bool, end: OrderStatus) -> bool {
    let [paid, cancelled, shipped] = replies.each_ref().map(|reply| reply.status.as_u16());
    let is_paid = was_paid && paid != 201 || !was_paid && [201, 503].contains(&paid);
    match end {
        OrderStatus::Placed => paid != 201 && cancelled != 204 && shipped != 200,
        OrderStatus::Approved => is_paid && cancelled != 204 && shipped != 200,
        OrderStatus::Shipped => is_paid && cancelled != 204 && [200, 503].contains(&shipped),
        OrderStatus::Cancelled => [204, 503].contains(&cancelled) && shipped != 200,
        OrderStatus::Delivered => false,
    }
}

async fn races(seed: u64, is_paid: bool) {
    let (world, interference) = disturbed(seed).await;
    let staff = world.staff();
    let mut outcomes = Vec::new();
    for _ in 0..ROUNDS {
        interference.stop();
        let order = world.order(&staff, &staff).await;
        if is_paid {
            assert_eq!(world.pay(&staff, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
        }
        interference.start();
        let replies = race(&world, &staff, &order).await;
        with_status(&replies, 0, &[200, 201, 204, 409]);
        outcomes.push((order, replies));
    }
    let books = quiet(&world, &interference).await;
    for (order, replies) in outcomes {
        let end = books.order(id(&order)).order.status;
        let statuses = replies.each_ref().map(|reply| reply.status.as_u16());
        assert!(explains(&replies, is_paid, end), "{statuses:?} leave {end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_cancel_and_ship_of_an_unpaid_order_exclude_each_other() {
    races(4, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pay_cancel_and_ship_of_a_paid_order_exclude_each_other() {
    races(5, true).await;
}
