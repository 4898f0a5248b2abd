//! Signing in.

use domain::Scope;
use e2e::World;
use local::seed::{DEMO_PASSWORD, DEMO_TENANT, DEMO_USERNAME};

use crate::users::{PASSWORD, fresh_tenant, guest_of, join, sign_in, signed_in};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_password_gets_a_token() {
    let world = World::bare().await;
    let (me, _) = join(&world, &world.guest(), "Ada").await;
    for name in ["Ada", "ada", "ADA"] {
        let reply = sign_in(&world.guest(), name, PASSWORD).await;
        assert_eq!(signed_in(&world, &reply).get(&me).await.json()["email"], "Ada@example.com");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_does_and_all_are_told_the_same() {
    let world = World::bare().await;
    let guest = world.guest();
    join(&world, &guest, "ada").await;
    let without = format!("user-{}", local::seed::staff_of(Scope::Shared));
    let elsewhere = guest_of(&world, DEMO_TENANT);
    let nowhere = guest_of(&world, fresh_tenant());
    let mut told = Vec::new();
    for (api, name, password) in [
        (&guest, "ada", "SecurePass123"),
        (&guest, "ada", ""),
        (&guest, "bob", PASSWORD),
        (&guest, "no name at all", PASSWORD),
        (&guest, &without, PASSWORD),
        (&elsewhere, "ada", PASSWORD),
        (&nowhere, "ada", PASSWORD),
    ] {
        let reply = sign_in(api, name, password).await;
        assert_eq!(reply.status, 401, "{name}");
        told.push(reply.body);
    }
    told.dedup();
    assert_eq!(told.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_has_somebody_who_can() {
    let world = World::start().await;
    for guest in [world.guest(), guest_of(&world, DEMO_TENANT)] {
        let reply = sign_in(&guest, DEMO_USERNAME, DEMO_PASSWORD).await;
        assert_eq!(signed_in(&world, &reply).get("/v1/orders").await.status, 200);
    }
}
