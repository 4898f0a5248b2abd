//! `DELETE /v1/orders/{id}`: the pet is freed, the money goes back, the order stays to be read.

use e2e::{Books, Received, Receiver, World, code, soon};
use http::{Method, StatusCode};
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::orders::{moved, now, paid, path, pet_status};

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_frees_its_pet_and_cancelling_again_changes_nothing() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    assert_eq!(guest.delete(&path(&order)).await.status, 204);
    let cancelled = guest.get(&path(&order)).await;
    assert_eq!(cancelled.json()["status"], "CANCELLED");
    assert_eq!(pet_status(&guest, &order).await, "AVAILABLE");
    let tagged = async |tag| {
        guest.call(Method::DELETE, &path(&order), &Value::Null, &[("if-match", tag)]).await.status
    };
    assert_eq!((tagged("\"1\"").await, tagged("").await), (StatusCode::NO_CONTENT, StatusCode::BAD_REQUEST));
    assert_eq!(guest.delete(&path(&order)).await.status, 204);
    let again = guest.get(&path(&order)).await;
    assert_eq!((again.header("etag"), again.json()), (cancelled.header("etag"), cancelled.json()));
    let timeline = staff.get(&format!("{}/events", path(&order))).await.json();
    assert_eq!(
        (timeline["data"].as_array().unwrap().len(), &timeline["data"][1]["changedBy"]),
        (2, &json!("anonymous"))
    );
    let next = guest.post("/v1/orders", &json!({"petId": order["petId"], "userId": clock::fresh_id()})).await;
    assert_eq!(next.status, 201);
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_order_is_refunded_first_and_the_world_is_told() {
    let world = World::bare().await;
    let (staff, user, receiver) =
        (world.tenant_staff(), world.user(DEMO_TENANT).await, Receiver::start().await.unwrap());
    let events = ["payment.refunded", "order.statusChanged", "pet.statusChanged"];
    world.hook(&staff, &receiver.url("/"), &events).await;
    let order = paid(&world, &user, &staff).await;
    assert_eq!(pet_status(&user, &order).await, "ADOPTED");
    assert_eq!(user.delete(&path(&order)).await.status, 204);
    assert_eq!(now(&user, &order).await["status"], "CANCELLED");
    assert_eq!(pet_status(&user, &order).await, "AVAILABLE");
    let payments = user.get(&format!("{}/payments", path(&order))).await.json();
    assert_eq!(
        (payments["data"].as_array().unwrap().len(), &payments["data"][0]["status"]),
        (1, &json!("CANCELLED"))
    );
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.entries("charge").count(), books.entries("refund").count()), (1, 1));
    assert_eq!(user.delete(&path(&order)).await.status, 204);
    assert_eq!(Books::read(&world).await.ledger.len(), 2);

    let told = |calls: &[Received]| {
        let data = |kind: &str, test: &dyn Fn(&serde_json::Value) -> bool| {
            calls.iter().any(|call| call.json()["eventType"] == kind && test(&call.json()["data"]))
        };
        data("payment.refunded", &|data| data["payment"]["status"] == "CANCELLED")
            && data("order.statusChanged", &|data| data["newStatus"] == "CANCELLED")
            && data("pet.statusChanged", &|data| data["newStatus"] == "AVAILABLE")
    };
    soon("the three events", receiver.until(told)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_is_not_cancelled() {
    let world = World::bare().await;
    let staff = world.staff();
    let mut order = paid(&world, &staff, &staff).await;
    for status in ["SHIPPED", "DELIVERED"] {
        order = moved(&staff, &order, status).await;
        let refused = staff.delete(&path(&order)).await;
        assert_eq!((refused.status.as_u16(), code(&refused)), (409, "invalid_status".to_owned()));
        assert_eq!(now(&staff, &order).await, order);
    }
    assert_eq!(staff.delete(&format!("/v1/orders/{}", clock::fresh_id())).await.status, 404);
    assert_eq!(staff.delete("/v1/orders/7").await.status, 400);
    Books::read(&world).await.assert_agree();
}
