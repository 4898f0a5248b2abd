//! What a key is, whose it is, and for how long.

use e2e::{Api, Card, World, code, id, payment};
use http::Method;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};

use crate::idempotency::{REPLAYED, fresh_key, number, overwrite_records};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_its_caller_its_pool_and_its_operation() {
    let world = World::bare().await;
    let (staff, tenant_staff) = (world.staff(), world.tenant_staff());
    let user = world.user(domain::Scope::Shared).await;
    let tenant_guest = Api(world.guest().0.with_tenant(DEMO_TENANT));
    let key = fresh_key();
    let mut orders = Vec::new();
    for (api, keeper, named) in [
        (&staff, &staff, None),
        (&user, &staff, None),
        (&world.guest(), &staff, Some(clock::fresh_id())),
        (&tenant_staff, &tenant_staff, None),
        (&tenant_guest, &tenant_staff, Some(clock::fresh_id())),
    ] {
        let mut body = json!({"petId": world.pet(keeper).await["id"]});
        if let Some(named) = named {
            body["userId"] = json!(named);
        }
        let made = api.post_once("/v1/orders", &body, &key).await;
        assert_eq!((made.status.as_u16(), made.header(REPLAYED)), (201, ""), "{}", made.json());
        orders.push(made.json());
    }
    let second = world.order(&staff, &staff).await;
    for order in [&orders[0], &second] {
        let path = format!("/v1/orders/{}/payment", id(order));
        let paid = staff.post_once(&path, &payment(order, Card::GOOD), &key).await;
        assert_eq!((paid.status.as_u16(), paid.header(REPLAYED)), (201, ""), "{}", paid.json());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_new_again_after_a_day() {
    let world = World::bare().await;
    let (staff, key) = (world.staff(), fresh_key());
    let body = async || json!({"petId": world.pet(&staff).await["id"]});
    let first = staff.post_once("/v1/orders", &body().await, &key).await;
    assert_eq!(first.status, 201);
    overwrite_records(&world, "expires", number(clock::now().as_secs() - 1)).await;
    let second = staff.post_once("/v1/orders", &body().await, &key).await;
    assert_eq!((second.status.as_u16(), second.header(REPLAYED)), (201, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_well_formed_key_is_taken_and_a_guests_must_be_long() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let long = "k".repeat(256);
    let refused =
        [(&guest, "123456789012345678901"), (&staff, ""), (&staff, "a b"), (&staff, "a, b"), (&staff, &long)];
    for (api, key) in refused {
        let body = json!({"petId": world.pet(&staff).await["id"], "userId": clock::fresh_id()});
        let reply = api.post_once("/v1/orders", &body, key).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (400, "invalid_format".to_owned()), "{key}");
    }
    let body = json!({"petId": world.pet(&staff).await["id"], "userId": clock::fresh_id()});
    let bare = guest.post_once("/v1/orders", &body, "1234567890123456789012").await;
    assert_eq!(bare.status, 201);
    let quoted = guest.post_once("/v1/orders", &body, "\"1234567890123456789012\"").await;
    assert_eq!((quoted.header(REPLAYED), quoted.json()), ("true", bare.json()));
    let path = format!("/v1/orders/{}", id(&bare.json()));
    let ignored = guest.call(Method::DELETE, &path, &Value::Null, &[("idempotency-key", "short")]).await;
    assert_eq!(ignored.status, 204);
}
