//! The cap on unpaid orders of one address, and of one user.

use domain::Scope;
use domain::time::SECOND_MS;
use e2e::{Card, World, code, id};
use http::Request;
use lambda_http::Body;
use local::functions;
use platform::clock;
use serde_json::{Value, json};

use crate::limits::limited;

async fn place(world: &World) -> (u16, String, Value) {
    let pet = world.pet(&world.staff()).await;
    let body = json!({"petId": pet["id"], "userId": clock::fresh_id()});
    let reply = world.guest().post("/v1/orders", &body).await;
    (reply.status.as_u16(), code(&reply), reply.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_holds_five_unpaid_orders_open_and_no_more() {
    let world = limited(1_000).await;
    let (guest, staff) = (world.guest(), world.staff());
    let mut orders = Vec::new();
    for _ in 0..5 {
        let (status, _, order) = place(&world).await;
        assert_eq!(status, 201, "{order}");
        orders.push(order);
    }
    let refused = (429, "too_many_open_orders".to_owned());
    let (status, code, _) = place(&world).await;
    assert_eq!((status, code), refused);
    // Whoever is signed in has a cap of their own.
    assert_eq!(world.order(&world.user(Scope::Shared).await, &staff).await["status"], "PLACED");

    assert_eq!(world.pay(&guest, &orders[0], Card::GOOD).await.json()["status"], "SUCCEEDED");
    assert_eq!(place(&world).await.0, 201);
    let (status, code, _) = place(&world).await;
    assert_eq!((status, code), refused);

    assert_eq!(guest.delete(&format!("/v1/orders/{}", id(&orders[1]))).await.status, 204);
    assert_eq!(place(&world).await.0, 201);
    assert_eq!(place(&world).await.0, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_holds_twenty_unpaid_orders_open_and_staff_any_number() {
    let world = limited(1_000).await;
    let (user, staff) = (world.user(Scope::Shared).await, world.staff());
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(world.order(&user, &staff).await);
        world.order(&staff, &staff).await;
    }
    let pet = world.pet(&staff).await;
    let place = async || user.post("/v1/orders", &json!({"petId": pet["id"]})).await;
    let refused = place().await;
    assert_eq!((refused.status.as_u16(), code(&refused)), (429, "too_many_open_orders".to_owned()));
    assert_eq!(staff.get(&format!("/v1/pets/{}", id(&pet))).await.json()["status"], "AVAILABLE");

    assert_eq!(user.delete(&format!("/v1/orders/{}", id(&orders[0]))).await.status, 204);
    assert_eq!(place().await.status, 201);
    assert_eq!(place().await.status, 429);
    world.order(&staff, &staff).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_refused_is_not_held_against_its_address() {
    let world = limited(1_000).await;
    for _ in 0..7 {
        let body = json!({"petId": clock::fresh_id(), "userId": clock::fresh_id()});
        assert_eq!(world.guest().post("/v1/orders", &body).await.status, 404);
    }
    assert_eq!(place(&world).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_orders_at_the_same_moment_no_more_are_placed_than_may_be_open() {
    let world = limited(1_000).await;
    let answers = futures_util::future::join_all((0..12).map(|_| place(&world))).await;
    let placed = answers.iter().filter(|(status, ..)| *status == 201).count();
    let refused = answers.iter().filter(|(_, code, _)| code == "too_many_open_orders").count();
    assert_eq!((placed, refused), (5, 7), "{answers:?}");
}

/// Lambda gives each of many simultaneous requests a process of its own.
#[tokio::test(flavor = "multi_thread")]
async fn of_orders_in_as_many_processes_no_more_are_placed_than_may_be_open() {
    let world = limited(1_000).await;
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let pet = world.pet(&world.staff()).await;
        let body = json!({"petId": pet["id"], "userId": clock::fresh_id()}).to_string();
        let request = Request::post("/v1/orders").header("content-type", "application/json");
        let process = functions::wire(world.local.wiring().clone()).await.unwrap().http;
        statuses.push(process["orders"](request.body(Body::from(body)).unwrap()).await.status().as_u16());
    }
    assert_eq!(statuses, [201, 201, 201, 201, 201, 429, 429]);
}

/// It can be neither paid again nor cancelled, and may run for days.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_being_paid_does_not_count_until_its_payment_fails() {
    let world = limited(1_000).await;
    let guest = world.guest();
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(place(&world).await.2);
    }
    assert_eq!(world.pay(&guest, &orders[0], Card::SILENT).await.json()["status"], "PROCESSING");
    assert_eq!(place(&world).await.0, 201);
    assert_eq!(place(&world).await.0, 429);

    assert_eq!(world.reconcile(clock::now().plus_ms(61 * SECOND_MS)).await, 1);
    for (order, status) in [(&orders[1], 429), (&orders[2], 201)] {
        assert_eq!(guest.delete(&format!("/v1/orders/{}", id(order))).await.status, 204);
        assert_eq!(place(&world).await.0, status);
    }
}
