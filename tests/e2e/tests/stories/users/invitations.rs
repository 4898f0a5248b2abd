//! Invitations: the way into a tenant that is not open.

use domain::TenantId;
use domain::tenant::{Registration, Tenant};
use e2e::{World, code};
use platform::clock;
use serde_json::{Value, json};

use crate::users::{guest_of, join, newcomer, path, signed_in};

/// What somebody called `name` sends who was invited.
fn invited(name: &str, invitation: &str) -> Value {
    let mut body = newcomer(name);
    body["invitation"] = json!(invitation);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_tenant_takes_its_owner_and_then_whom_the_staff_invites() {
    let world = World::bare().await;
    let tenant = Tenant::create(TenantId::new(clock::fresh_id()), Registration::Invite);
    let code_of_owner = local::operator::found(&world.store, &tenant, clock::now()).await.unwrap();
    assert!(local::operator::found(&world.store, &tenant, clock::now()).await.is_err());
    let guest = guest_of(&world, tenant.id);
    assert_eq!(guest.post("/v1/users", &newcomer("eve")).await.status, 403);
    for wrong in ["", "x", &code_of_owner[1..]] {
        let reply = guest.post("/v1/users", &invited("eve", wrong)).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (422, "invalid_invitation".into()));
    }
    let reply = guest.post("/v1/users", &invited("ada", &code_of_owner)).await;
    let owner = signed_in(&world, &reply);
    assert_eq!(owner.get(&format!("{}/roles", path(&reply.json()))).await.json()["owner"], true);
    let again = guest.post("/v1/users", &invited("eve", &code_of_owner)).await;
    assert_eq!((again.status.as_u16(), code(&again)), (422, "invalid_invitation".into()));

    let invitation = owner.post("/v1/invitations", &Value::Null).await.json();
    let invitation = invitation["invitation"].as_str().unwrap();
    let body = invited("bob", invitation);
    let (one, two) = tokio::join!(guest.post("/v1/users", &body), async {
        guest.post("/v1/users", &invited("carol", invitation)).await
    });
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    let came = if one.status == 201 { one } else { two };
    let customer = signed_in(&world, &came);
    assert_eq!(customer.get(&format!("{}/roles", path(&came.json()))).await.json()["staff"], false);
    assert_eq!(customer.post("/v1/invitations", &Value::Null).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_invited_into_the_shared_pool_or_elsewhere() {
    let world = World::bare().await;
    assert_eq!(world.staff().post("/v1/invitations", &Value::Null).await.status, 403);
    let of_demo = world.tenant_staff().post("/v1/invitations", &Value::Null).await.json();
    let of_demo = of_demo["invitation"].as_str().unwrap();
    for guest in [world.guest(), guest_of(&world, crate::users::fresh_tenant())] {
        assert_eq!(guest.post("/v1/users", &invited("eve", of_demo)).await.status, 422);
    }
    join(&world, &world.guest(), "eve").await;
}
