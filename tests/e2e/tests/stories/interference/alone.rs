//! One request after the other: there is nobody to lose against.

use std::slice;

use e2e::{Books, Card, Disturbance, Interference, World, id};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::interference::{disturbed, quiet, with_status};

/// Orders one after the other.
const PETS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_alone_is_never_told_that_somebody_else_was_faster() {
    let (world, interference) = disturbed(6).await;
    let staff = world.staff();
    let pets = join_all((0..PETS).map(|_| world.pet(&staff))).await;
    interference.start();
    for pet in pets {
        let placed = staff.post("/v1/orders", &json!({"petId": pet["id"]})).await;
        if with_status(slice::from_ref(&placed), 201, &[201]).is_empty() {
            continue;
        }
        let (order, path) = (placed.json(), format!("/v1/orders/{}", id(&placed.json())));
        let paid = world.pay(&staff, &order, Card::GOOD).await;
        with_status(slice::from_ref(&paid), 201, &[201]);
        if paid.json()["status"] == "SUCCEEDED" {
            with_status(&[staff.delete(&path).await], 204, &[204]);
        }
    }
    quiet(&world, &interference).await;
}

/// Longer than the SDK tries by itself: the first try is applied, nobody hears of it, and the next ones find the table
/// busy.
const APPLIED_UNHEARD: [Disturbance; 5] = [
    Disturbance::LostAnswer,
    Disturbance::Fault,
    Disturbance::Throttle,
    Disturbance::Fault,
    Disturbance::Throttle,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_applied_unheard_is_not_taken_for_somebody_elses() {
    let steps: [(&str, u16); 3] = [("place", 201), ("pay", 201), ("cancel", 204)];
    for (disturbed_step, _) in steps {
        let interference = Interference::scripted(&APPLIED_UNHEARD);
        let world = World::disturbed(&interference).await;
        let staff = world.staff();
        let pet = world.pet(&staff).await;
        let mut order = Value::Null;
        for (step, expected) in steps {
            if step == disturbed_step {
                interference.start();
            }
            let reply = match step {
                "place" => staff.post("/v1/orders", &json!({"petId": pet["id"]})).await,
                "pay" => world.pay(&staff, &order, Card::GOOD).await,
                _ => staff.delete(&format!("/v1/orders/{}", id(&order))).await,
            };
            assert_eq!(reply.status, expected, "{step} of {disturbed_step}: {}", reply.json());
            order = if step == "place" { reply.json() } else { order };
            interference.stop();
        }
        assert_eq!(interference.count(Disturbance::LostAnswer), 1);
        Books::read(&world).await.assert_agree();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_can_never_succeed_is_a_fault_at_once_and_is_not_repeated() {
    let interference = Interference::scripted(&[Disturbance::Invalid]);
    let world = World::disturbed(&interference).await;
    let staff = world.staff();
    let body = json!({"petId": world.pet(&staff).await["id"]});
    e2e::counted(&world).await;
    interference.start();
    assert_eq!(staff.post("/v1/orders", &body).await.status, 500);
    assert_eq!(interference.count(Disturbance::Invalid), 1);
    assert_eq!(staff.post("/v1/orders", &body).await.status, 201);
}
