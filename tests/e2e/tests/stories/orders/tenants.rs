//! One tenant never sees another.

use domain::Scope;
use e2e::{Api, World};
use http::Method;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::orders::path;

fn guest_of(world: &World, tenant: impl ToString) -> Api {
    Api(world.guest().0.with_tenant(tenant))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_exists_in_its_tenant_alone() {
    let world = World::bare().await;
    let (guest, tenant_guest) = (world.guest(), guest_of(&world, DEMO_TENANT));
    let shared = world.order(&guest, &world.staff()).await;
    let private = world.order(&tenant_guest, &world.tenant_staff()).await;
    assert_eq!((&shared["tenantId"], &private["tenantId"]), (&Value::Null, &json!(DEMO_TENANT.to_string())));
    for (order, inside, outside) in [
        (&shared, [&guest, &world.staff()], [&tenant_guest, &world.tenant_staff()]),
        (&private, [&tenant_guest, &world.tenant_staff()], [&guest, &world.staff()]),
    ] {
        for api in inside {
            assert_eq!(api.get(&path(order)).await.status, 200);
        }
        for api in outside {
            let pet = json!({"petId": order["petId"], "userId": clock::fresh_id()});
            assert_eq!(api.get(&path(order)).await.status, 404);
            assert_eq!(api.delete(&path(order)).await.status, 404);
            assert_eq!(world.pay(api, order, e2e::Card::GOOD).await.status, 404);
            assert_eq!(world.ask(api, order, "http://127.0.0.1:9/").await.status, 404);
            assert_eq!(api.post("/v1/orders", &pet).await.status, 404);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_selects_and_never_proves() {
    let world = World::bare().await;
    let tenant_staff = world.tenant_staff();
    let order = world.order(&tenant_staff, &tenant_staff).await;
    let named = |tenant: String| Api(tenant_staff.0.with_tenant(tenant));
    assert_eq!(named(DEMO_TENANT.to_string()).get(&path(&order)).await.status, 200);
    assert_eq!(named(DEMO_TENANT.to_string().to_uppercase()).get(&path(&order)).await.status, 200);
    assert_eq!(named(clock::fresh_id().to_string()).get(&path(&order)).await.status, 403);
    let shared = Api(world.staff().0.with_tenant(DEMO_TENANT));
    assert_eq!(shared.get(&path(&order)).await.status, 403);
    // A guest in the tenant is still a guest.
    assert_eq!(guest_of(&world, DEMO_TENANT).get(&path(&order)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_names_no_tenant_is_refused() {
    let world = World::bare().await;
    let demo = DEMO_TENANT.to_string();
    let (nil, max) = (uuid::Uuid::nil().to_string(), uuid::Uuid::max().to_string());
    let bad = [
        "",
        "shared",
        "*",
        &nil,
        &max,
        &demo.replace('-', ""),
        &format!("{{{demo}}}"),
        &format!("{demo}, {demo}"),
    ];
    for tenant in bad {
        let reply =
            world.guest().call(Method::GET, "/v1/pets", &Value::Null, &[("x-tenant-id", tenant)]).await;
        assert_eq!(reply.status, 400, "{tenant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_does_not_exist_is_empty_and_takes_nothing() {
    let world = World::bare().await;
    let guest = guest_of(&world, clock::fresh_id());
    assert_eq!(guest.get("/v1/pets").await.json()["pagination"]["totalItems"], 0);
    assert_eq!(guest.get(&format!("/v1/orders/{}", clock::fresh_id())).await.status, 404);
    let body = json!({"petId": clock::fresh_id(), "userId": clock::fresh_id()});
    assert_eq!(guest.post("/v1/orders", &body).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_shared_pool_says_nothing_in_a_tenant() {
    let world = World::bare().await;
    let user = world.user(Scope::Shared).await;
    let tenant_user = world.user(DEMO_TENANT).await;
    let order = world.order(&tenant_user, &world.tenant_staff()).await;
    assert_eq!(user.get(&path(&order)).await.status, 404);
    assert_eq!(tenant_user.get(&path(&order)).await.status, 200);
    assert_eq!(world.staff().get("/v1/orders").await.json()["pagination"]["totalItems"], 0);
}
