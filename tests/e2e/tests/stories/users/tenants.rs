//! Private tenants: founded, owned, kept apart.

use e2e::{Api, World, code};
use serde_json::{Value, json};

use crate::users::{PASSWORD, fresh_tenant, guest_of, join, newcomer, path, sign_in, signed_in};

async fn roles(api: &Api, path: &str) -> Value {
    api.get(&format!("{path}/roles")).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_user_of_an_unused_tenant_owns_it() {
    let world = World::bare().await;
    let guest = guest_of(&world, fresh_tenant());
    assert_eq!(guest.get("/v1/pets").await.json()["data"], json!([]));
    let (first, owner) = join(&world, &guest, "ada").await;
    let of_owner = roles(&owner, &first).await;
    assert_eq!((&of_owner["owner"], &of_owner["staff"]), (&json!(true), &json!(true)));
    let (second, customer) = join(&world, &guest, "bob").await;
    let of_customer = roles(&customer, &second).await;
    let scopes = json!(["read:pets", "read:orders", "write:orders", "read:user", "write:user", "chat:write"]);
    assert_eq!(
        (&of_customer["owner"], &of_customer["staff"], &of_customer["scopes"]),
        (&json!(false), &json!(false), &scopes)
    );
    let pet = json!({"name": "Max", "species": "DOG", "ageMonths": 2, "price": "1.00", "currency": "USD", "status": "AVAILABLE"});
    assert_eq!(customer.post("/v1/pets", &pet).await.status, 403);
    assert_eq!(owner.post("/v1/pets", &pet).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_founders_at_once_one_owns_the_tenant() {
    let world = World::bare().await;
    let tenant = fresh_tenant();
    let founders = (0..8).map(|number| {
        let guest = guest_of(&world, &tenant);
        async move { guest.post("/v1/users", &newcomer(&format!("founder{number}"))).await }
    });
    let mut owners = 0;
    for reply in futures_util::future::join_all(founders).await {
        let api = signed_in(&world, &reply);
        owners += u32::from(roles(&api, &path(&reply.json())).await["owner"] == true);
    }
    assert_eq!(owners, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_keeps_an_owner() {
    let world = World::bare().await;
    let guest = guest_of(&world, fresh_tenant());
    let ((first, owner), (second, _)) =
        (join(&world, &guest, "ada").await, join(&world, &guest, "bob").await);
    let last = owner.delete(&first).await;
    assert_eq!((last.status.as_u16(), code(&last)), (409, "tenant_last_owner".into()));
    let step_down = json!({"scopes": ["read:orders"], "staff": false, "owner": false});
    assert_eq!(owner.put(&format!("{first}/roles"), &step_down).await.status, 409);
    let promote = json!({"scopes": ["write:user"], "staff": true, "owner": true});
    assert_eq!(owner.put(&format!("{second}/roles"), &promote).await.json()["owner"], true);
    assert_eq!(owner.delete(&first).await.status, 204);
    let successor = signed_in(&world, &sign_in(&guest, "bob", PASSWORD).await);
    assert_eq!(successor.delete(&second).await.status, 409);
}
