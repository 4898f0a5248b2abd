//! What an owner agrees to is what an application may do: being the owner is none of it.

use e2e::{Api, World};
use serde_json::{Value, json};

use super::program::holder;
use super::{PASSWORD, Program, USER, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn an_application_of_an_owner_is_no_owner_and_no_staff() {
    let world = World::bare().await;
    let tenant = platform::clock::fresh_id();
    let guest = Api(world.guest().0.with_tenant(tenant));
    let body = json!({"username": USER, "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
                      "password": PASSWORD});
    let founder = guest.post("/v1/users", &body).await.json();
    let owner = Api(world.guest().0.with_token(founder["token"].as_str().unwrap()));
    let clients = owner.get("/v1/oauth/clients").await.json();
    assert_eq!(clients["data"].as_array().unwrap().len(), 1, "a tenant begins with one: {clients}");

    let program = Program::of(&world, domain::Scope::Tenant(domain::TenantId::new(tenant)));
    let scope = "read:pets write:pets read:orders write:orders read:user write:user chat:write";
    let tokens = program.tokens(&world, scope).await;
    assert_eq!(tokens["scope"], scope);
    let application = holder(&world, &tokens);
    let roles = format!("/v1/users/{}/roles", e2e::id(&founder));
    let all = json!({"scopes": ["read:orders"], "staff": true, "owner": true});
    assert_eq!(owner.get("/v1/oauth/clients").await.status, 200);
    for reply in [
        application.get("/v1/oauth/clients").await,
        application
            .post("/v1/oauth/clients", &json!({"name": "Mine", "redirectUris": ["https://a.example/"]}))
            .await,
        application.post("/v1/invitations", &Value::Null).await,
        application.put(&roles, &all).await,
        application.get("/v1/webhooks").await,
        application.get("/v1/oauth/grants").await,
    ] {
        assert_eq!(reply.status, 403, "{}", reply.json());
    }
    assert_eq!(application.get("/v1/orders").await.status, 200);
}

/// It would be the key to everything that is ever called back for the user, long after the consent has ended.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_places_orders_does_not_get_its_users_callback_secret() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders write:orders").await;
    let (application, path) = (holder(&world, &tokens), "/v1/webhooks/callback-secret");
    for reply in [application.get(path).await, application.post(path, &Value::Null).await] {
        assert_eq!((reply.status.as_u16(), reply.json().to_string().contains("whsec_")), (403, false));
    }
}
