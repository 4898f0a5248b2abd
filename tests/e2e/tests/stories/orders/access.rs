//! Who may do what with whose order.

use domain::Scope;
use e2e::{Api, Card, World, id};
use serde_json::{Value, json};

use crate::orders::{now, path};

/// The statuses of everything that `api` can try with an order: the contract's operations, then our additions.
async fn tries(world: &World, api: &Api, order: &Value) -> ([u16; 4], [u16; 3]) {
    let path = path(order);
    let read = api.get(&path).await;
    let asked = world.ask(api, order, "http://127.0.0.1:9/").await;
    let paid = world.pay(api, order, Card::DECLINED).await;
    let events = api.get(&format!("{path}/events")).await;
    let payments = api.get(&format!("{path}/payments")).await;
    let shipped = api.patch(&path, &json!({"status": "SHIPPED"})).await;
    let cancelled = api.delete(&path).await;
    (
        [read, asked, paid, cancelled].map(|reply| reply.status.as_u16()),
        [events, payments, shipped].map(|reply| reply.status.as_u16()),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owned_order_is_its_owners_and_the_staffs() {
    let world = World::bare().await;
    let (staff, owner, other) =
        (world.staff(), world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let order = world.order(&owner, &staff).await;
    let before = owner.get(&path(&order)).await;
    assert_eq!(tries(&world, &other, &order).await, ([404; 4], [404, 404, 403]));
    assert_eq!(tries(&world, &world.guest(), &order).await, ([404; 4], [401; 3]));
    let after = owner.get(&path(&order)).await;
    assert_eq!((after.header("etag"), after.json()), (before.header("etag"), before.json()));
    assert_eq!(tries(&world, &owner, &order).await, ([200, 201, 201, 204], [200, 200, 403]));
    let order = world.order(&owner, &staff).await;
    assert_eq!(tries(&world, &staff, &order).await, ([200, 201, 201, 204], [200, 200, 409]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_order_is_everybodys_who_knows_its_id_and_our_additions_the_staffs() {
    let world = World::bare().await;
    let (staff, other) = (world.staff(), world.user(Scope::Shared).await);
    for (api, additions) in [(&world.guest(), [401; 3]), (&other, [404, 404, 403]), (&staff, [200, 200, 409])]
    {
        let order = world.order(&world.guest(), &staff).await;
        assert_eq!(tries(&world, api, &order).await, ([200, 201, 201, 204], additions));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn naming_a_user_gives_that_user_nothing() {
    let world = World::bare().await;
    let staff = world.staff();
    let (named, named_api) = world.newcomer(Scope::Shared).await;
    let body = json!({"petId": world.pet(&staff).await["id"], "userId": named.to_string()});
    let order = staff.post("/v1/orders", &body).await.json();
    assert_eq!(order["userId"], json!(named.to_string()));
    assert_eq!(named_api.get(&path(&order)).await.status, 404);
    assert_eq!(named_api.get("/v1/orders").await.json()["pagination"]["totalItems"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_never_ignored() {
    let world = World::bare().await;
    let order = world.order(&world.guest(), &world.staff()).await;
    let invalid = "Bearer error=\"invalid_token\", error_description=\"the bearer token is not valid\"";
    for (bad, challenge) in [
        ("Bearer nonsense", invalid),
        ("Basic dXNlcjpwYXNz", "Bearer"),
        ("Bearer", "Bearer"),
        ("Bearer a b", "Bearer"),
    ] {
        let reply = world
            .guest()
            .call(http::Method::GET, &path(&order), &Value::Null, &[("authorization", bad)])
            .await;
        assert_eq!((reply.status.as_u16(), reply.header("www-authenticate")), (401, challenge), "{bad}");
    }
    assert_eq!(now(&world.guest(), &order).await["id"], id(&order));
}
