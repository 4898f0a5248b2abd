//! Roles: granted by owners, and what becomes of tokens then.

use e2e::World;
use local::seed::DEMO_TENANT;
use serde_json::json;

use crate::users::{PASSWORD, guest_of, join, sign_in, signed_in};

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_grants_scopes_and_staff() {
    let world = World::bare().await;
    let (guest, owner) = (guest_of(&world, DEMO_TENANT), world.tenant_staff());
    let (path, me) = join(&world, &guest, "clerk").await;
    let path = format!("{path}/roles");
    let order = world.order(&owner, &owner).await;
    let order = format!("/v1/orders/{}", e2e::id(&order));
    assert_eq!(me.get(&order).await.status, 404);
    let granted = owner.put(&path, &json!({"scopes": ["read:orders", "write:pets"], "staff": true})).await;
    assert_eq!(
        (granted.status.as_u16(), &granted.json()["scopes"]),
        (200, &json!(["write:pets", "read:orders"]))
    );
    // Every token of before is void; a new one has the new roles.
    assert_eq!(me.get(&order).await.status, 401);
    let me = signed_in(&world, &sign_in(&guest, "clerk", PASSWORD).await);
    assert_eq!(me.get(&order).await.status, 200);
    assert_eq!(me.post("/v1/orders", &json!({"petId": platform::clock::fresh_id()})).await.status, 403);
    // Staff who own nothing grant nothing, themselves included.
    assert_eq!(
        me.put(&path, &json!({"scopes": ["write:orders"], "staff": true, "owner": true})).await.status,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_scope_is_told_which_as_rfc_6750_has_it() {
    let world = World::bare().await;
    let (guest, owner) = (guest_of(&world, DEMO_TENANT), world.tenant_staff());
    let (path, _) = join(&world, &guest, "clerk").await;
    owner.put(&format!("{path}/roles"), &json!({"scopes": ["read:orders"], "staff": false})).await;
    let clerk = signed_in(&world, &sign_in(&guest, "clerk", PASSWORD).await);
    let refused = clerk.post("/v1/webhooks", &json!({})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("www-authenticate")),
        (403, "Bearer error=\"insufficient_scope\", scope=\"admin:webhooks\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_do_not_change_end_no_token() {
    let world = World::bare().await;
    let (guest, owner) = (guest_of(&world, DEMO_TENANT), world.tenant_staff());
    let (path, me) = join(&world, &guest, "clerk").await;
    let same = me.get(&format!("{path}/roles")).await.json();
    let granted =
        owner.put(&format!("{path}/roles"), &json!({"scopes": same["scopes"], "staff": false})).await;
    assert_eq!(granted.json(), same);
    assert_eq!(me.get(&path).await.json()["email"], "clerk@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let world = World::bare().await;
    let (path, _) = join(&world, &guest_of(&world, DEMO_TENANT), "clerk").await;
    let owner = world.tenant_staff();
    for body in [
        json!({"scopes": ["admin:everything"], "staff": true}),
        json!({"scopes": [], "staff": false, "owner": true}),
    ] {
        assert_eq!(owner.put(&format!("{path}/roles"), &body).await.status, 422, "{body}");
    }
    let (shared, _) = join(&world, &world.guest(), "clerk").await;
    let body = json!({"scopes": [], "staff": true});
    assert_eq!(world.staff().put(&format!("{shared}/roles"), &body).await.status, 403);
}
