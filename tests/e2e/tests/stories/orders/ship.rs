//! `PATCH /v1/orders/{id}` and the timeline it writes.

use e2e::{Books, World, code, id};
use http::Method;
use local::seed;
use platform::clock;
use serde_json::{Value, json};

use crate::orders::{moved, now, paid, path};

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_shipped_and_delivered_and_every_step_is_later_than_the_last() {
    let world = World::bare().await;
    let (staff, guest) = (world.staff(), world.guest());
    let placed = world.order(&guest, &staff).await;
    assert_eq!(world.pay(&guest, &placed, e2e::Card::GOOD).await.status, 201);
    let mut steps = vec![placed.clone(), now(&guest, &placed).await];
    steps.push(moved(&staff, &placed, "SHIPPED").await);
    steps.push(moved(&staff, &placed, "DELIVERED").await);
    assert!(steps.is_sorted_by(|a, b| a["updatedAt"].as_str() < b["updatedAt"].as_str()), "{steps:?}");
    assert!(steps.iter().all(|step| step["createdAt"] == placed["createdAt"]));

    let timeline = staff.get(&format!("{}/events", path(&placed))).await.json()["data"].clone();
    let shown: Vec<_> = timeline.as_array().unwrap().iter().map(|step| step["newStatus"].clone()).collect();
    assert_eq!(shown, ["PLACED", "APPROVED", "SHIPPED", "DELIVERED"]);
    let by = seed::staff_of(domain::Scope::Shared).to_string();
    for (number, who) in ["anonymous", "system", by.as_str(), by.as_str()].iter().enumerate() {
        let step = &timeline[number];
        assert_eq!((&step["changedBy"], &step["changedAt"]), (&json!(who), &steps[number]["updatedAt"]));
        let before = if number == 0 { &Value::Null } else { &timeline[number - 1]["newStatus"] };
        assert_eq!(&step["previousStatus"], before);
    }
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_step_is_left_out_or_taken_back() {
    let world = World::bare().await;
    let staff = world.staff();
    let refuse = async |order: &Value, steps: &[&str]| {
        for step in steps {
            let reply = staff.patch(&path(order), &json!({"status": step})).await;
            assert_eq!((reply.status.as_u16(), code(&reply)), (409, "invalid_status".to_owned()), "{step}");
        }
    };
    let placed = world.order(&staff, &staff).await;
    refuse(&placed, &["SHIPPED", "DELIVERED"]).await;
    assert_eq!(staff.delete(&path(&placed)).await.status, 204);
    refuse(&placed, &["SHIPPED", "DELIVERED"]).await;
    let order = paid(&world, &staff, &staff).await;
    refuse(&order, &["DELIVERED"]).await;
    moved(&staff, &order, "SHIPPED").await;
    moved(&staff, &order, "DELIVERED").await;
    refuse(&order, &["SHIPPED"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_step_is_answered_as_the_first_and_taken_once() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = paid(&world, &staff, &staff).await;
    for (step, steps) in [("SHIPPED", 3), ("DELIVERED", 4)] {
        let version = staff.get(&path(&order)).await.header("etag").to_owned();
        let body = json!({"status": step});
        let ask = async || staff.call(Method::PATCH, &path(&order), &body, &[("if-match", &version)]).await;
        let (first, again) = (ask().await, ask().await);
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200), "{}", again.json());
        assert_eq!((again.json(), again.header("etag")), (first.json(), first.header("etag")));
        for no_tag in ["", "3"] {
            let refused = staff.call(Method::PATCH, &path(&order), &body, &[("if-match", no_tag)]).await;
            assert_eq!(refused.status, 400, "{no_tag:?} is no tag");
        }
        let timeline = staff.get(&format!("{}/events", path(&order))).await.json();
        assert_eq!(timeline["data"].as_array().unwrap().len(), steps);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_none_changes_nothing() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = paid(&world, &staff, &staff).await;
    for body in [
        json!({"status": "PLACED"}),
        json!({"status": "APPROVED"}),
        json!({"status": "CANCELLED"}),
        json!({"status": 3}),
        json!({}),
        json!({"status": "SHIPPED", "note": "x"}),
    ] {
        assert_eq!(staff.patch(&path(&order), &body).await.status, 422, "{body}");
    }
    let unknown = format!("/v1/orders/{}", clock::fresh_id());
    assert_eq!(staff.patch(&unknown, &json!({"status": "SHIPPED"})).await.status, 404);
    assert_eq!(staff.patch("/v1/orders/7", &json!({"status": "SHIPPED"})).await.status, 400);
    assert_eq!(now(&staff, &order).await, order, "{}", id(&order));
}
