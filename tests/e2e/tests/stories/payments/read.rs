//! `GET /v1/orders/{id}/payments/{paymentId}`: how a payment ended, for whoever made it.

use domain::Scope;
use domain::time::SECOND_MS;
use e2e::{Api, Card, World, id};
use http::Method;
use platform::clock;
use serde_json::{Value, json};

use crate::payments::{after, path};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_learns_how_a_payment_ended_and_why_it_failed() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let paid = world.pay(&guest, &order, Card::SILENT).await;
    let location = format!("{}/payments/{}", path(&order), id(&paid.json()));
    assert_eq!(paid.header("location"), location);

    let running = guest.get(&location).await;
    assert_eq!((running.status.as_u16(), running.json()), (200, without_source(&paid.json())));
    assert_eq!(running.json()["status"], "PROCESSING");
    assert_eq!(world.reconcile(after(61 * SECOND_MS)).await, 1);
    // What has ended is not what was running.
    let known = [("if-none-match", running.header("etag"))];
    let ended = guest.call(Method::GET, &location, &Value::Null, &known).await;
    assert_eq!(ended.status, 200);
    assert_eq!(
        (&ended.json()["status"], &ended.json()["failureReason"]),
        (&json!("FAILED"), &json!("processing_error"))
    );
    let known = [("if-none-match", ended.header("etag"))];
    assert_eq!(guest.call(Method::GET, &location, &Value::Null, &known).await.status, 304);

    let declined = world.pay(&guest, &order, Card::POOR).await;
    let read = guest.get(declined.header("location")).await.json();
    assert_eq!((&read["status"], &read["failureReason"]), (&json!("FAILED"), &json!("insufficient_funds")));
}

/// What a payment's answer says beside who paid, and by what.
fn without_source(payment: &Value) -> Value {
    let Value::Object(mut members) = payment.clone() else { panic!("{payment}") };
    assert!(members.remove("source").is_some(), "{payment}");
    Value::Object(members)
}

/// Both ids are in a callback's body, which goes to whoever asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn who_paid_and_by_what_is_for_the_orders_owner_and_staff_alone() {
    let world = World::bare().await;
    let (guest, staff, user) = (world.guest(), world.staff(), world.user(Scope::Shared).await);
    let order = world.order(&guest, &staff).await;
    for number in [Card::SILENT, Card::GOOD] {
        let paid = world.pay(&guest, &order, number).await;
        let read = async |api: &Api| api.get(paid.header("location")).await.json();
        let told = without_source(&read(&staff).await);
        assert_eq!([read(&guest).await, read(&user).await], [told.clone(), told]);
        assert_eq!(read(&staff).await["source"], paid.json()["source"]);
        assert!(!paid.json()["source"]["name"].is_null());
        world.reconcile(after(61 * SECOND_MS)).await;
    }
    let owned = world.order(&user, &staff).await;
    let paid = world.pay(&user, &owned, Card::GOOD).await;
    assert_eq!(user.get(paid.header("location")).await.json(), paid.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_read_with_its_own_orders_id_by_those_who_may_see_that() {
    let world = World::bare().await;
    let (guest, staff, user) = (world.guest(), world.staff(), world.user(Scope::Shared).await);
    let (order, other) = (world.order(&user, &staff).await, world.order(&guest, &staff).await);
    let location = world.pay(&user, &order, Card::GOOD).await.header("location").to_owned();
    for (api, status) in [(&user, 200), (&staff, 200), (&guest, 404), (&world.user(Scope::Shared).await, 404)]
    {
        assert_eq!(api.get(&location).await.status, status);
    }
    let payment = location.rsplit('/').next().unwrap();
    for wrong in [
        format!("{}/payments/{payment}", path(&other)),
        format!("{}/payments/{}", path(&order), clock::fresh_id()),
    ] {
        assert_eq!(staff.get(&wrong).await.status, 404, "{wrong}");
    }
}
