//! Reservations end, but never under somebody who pays.

use domain::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use domain::{Scope, Timestamp};
use e2e::{Books, Receiver, World, code, soon};
use local::seed::EXAMPLE_ORDER;
use platform::clock;
use serde_json::json;

use crate::orders::{now, paid, path, pet_status};

fn after(ms: i64) -> Timestamp {
    clock::now().plus_ms(ms)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_order_ends_after_half_an_hour_and_a_users_after_a_day() {
    let world = World::bare().await;
    let (staff, guest, user) = (world.staff(), world.guest(), world.user(Scope::Shared).await);
    for (api, holds, ends) in [(&guest, 29 * MINUTE_MS, 31 * MINUTE_MS), (&user, 23 * HOUR_MS, 25 * HOUR_MS)]
    {
        let order = world.order(api, &staff).await;
        world.sweep(after(holds)).await;
        assert_eq!(now(api, &order).await, order);
        assert_eq!(world.sweep(after(ends)).await.expired, 1);
        assert_eq!(
            (now(api, &order).await["status"].clone(), pet_status(api, &order).await),
            ("CANCELLED".into(), "AVAILABLE".into())
        );
        let timeline = staff.get(&format!("{}/events", path(&order))).await.json();
        assert_eq!(timeline["data"][1]["changedBy"], "system");
        let late = world.pay(api, &order, e2e::Card::GOOD).await;
        assert_eq!((late.status.as_u16(), code(&late)), (409, "invalid_status".to_owned()));
        let again =
            api.post("/v1/orders", &json!({"petId": order["petId"], "userId": order["userId"]})).await;
        assert_eq!(again.status, 201);
        assert_eq!(api.delete(&path(&again.json())).await.status, 204);
    }
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_never_ends() {
    let world = World::bare().await;
    let (staff, guest) = (world.staff(), world.guest());
    let order = paid(&world, &guest, &staff).await;
    assert_eq!(world.sweep(after(400 * DAY_MS)).await.expired, 0);
    assert_eq!(now(&guest, &order).await, order);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_order_waits_a_day_for_its_callback() {
    let world = World::bare().await;
    let (staff, guest, receiver) = (world.staff(), world.guest(), Receiver::start().await.unwrap());
    let order = world.order(&guest, &staff).await;
    let accepted = world.ask(&guest, &order, &receiver.url("/")).await;
    assert_eq!(accepted.status, 201);
    world.sweep(after(23 * HOUR_MS)).await;
    assert_eq!(now(&guest, &order).await["status"], "PLACED");
    world.sweep(after(DAY_MS + MINUTE_MS)).await;
    assert_eq!(now(&guest, &order).await["status"], "CANCELLED");
    let calls = soon("the callback", receiver.until(|calls| !calls.is_empty())).await;
    let reason = calls[0].json()["result"]["reason"].clone();
    assert_eq!((calls.len(), &calls[0].json()["status"]), (1, &json!("FAILED")));
    assert!(reason == "timed_out" || reason == "order_cancelled", "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_another_amount_holds_nothing() {
    let world = World::bare().await;
    let (staff, guest) = (world.staff(), world.guest());
    let order = world.order(&guest, &staff).await;
    let mut body = e2e::callback(&order, "http://127.0.0.1:9/", clock::now());
    body["amount"] = json!("0.01");
    let failed = guest.post(&path(&order), &body).await;
    assert_eq!((failed.status.as_u16(), &failed.json()["status"]), (201, &json!("FAILED")));
    assert_eq!(world.sweep(after(31 * MINUTE_MS)).await.expired, 1);
    assert_eq!(now(&guest, &order).await["status"], "CANCELLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentations_example_order_waits_for_ever() {
    let world = World::start().await;
    let staff = world.tenant_staff();
    let order = format!("/v1/orders/{EXAMPLE_ORDER}");
    assert_eq!(staff.get(&order).await.json()["totalAmount"], "738.05");
    assert_eq!(world.sweep(after(400 * DAY_MS)).await.expired, 0);
    assert_eq!(staff.get(&order).await.json()["status"], "PLACED");
}
