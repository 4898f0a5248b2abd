//! Clients, registered by the tenant's owner.

use e2e::{World, code};
use local::seed::{DEMO_TENANT, staff_of};
use serde_json::json;

use super::browser::text;
use super::program::{granted, refused};
use super::{Browser, Program, join, register};

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_registers_lists_and_removes_them() {
    let world = World::bare().await;
    join(&world, DEMO_TENANT).await;
    let owner = world.tenant_staff();
    let client = register(&owner, &["http://127.0.0.1/callback"]).await;
    assert_eq!(client["registeredBy"]["id"], json!(staff_of(DEMO_TENANT).to_string()));
    let path = format!("/v1/oauth/clients/{}", e2e::id(&client));
    assert_eq!(owner.get(&path).await.json(), client);
    let listed = owner.get("/v1/oauth/clients").await.json();
    assert_eq!(
        listed["data"].as_array().unwrap().len(),
        2,
        "the one that every tenant has, and this: {listed}"
    );

    let program = Program::registered(&world, &client);
    let tokens = program.tokens(&world, "read:orders").await;
    let tokens = granted(&program.refresh(&tokens).await);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_client");
    assert_eq!(Browser::new(&world).open(&program.link("read:orders")).await.status, 400);
    assert_eq!(
        (owner.get(&path).await.status, owner.delete(&path).await.status),
        (404.try_into().unwrap(), 404.try_into().unwrap())
    );
}

/// As for tenants from before there were clients.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gives_a_tenant_its_first_client() {
    let world = World::bare().await;
    join(&world, DEMO_TENANT).await;
    let (owner, program) = (world.tenant_staff(), Program::of(&world, DEMO_TENANT));
    let path = format!("/v1/oauth/clients/{}", domain::oauth::FIRST_PARTY);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(Browser::new(&world).open(&program.link("read:orders")).await.status, 400);
    let tenant = DEMO_TENANT.tenant_id().unwrap();
    for _ in 0..2 {
        let client =
            local::operator::first_client(&world.store, tenant, platform::clock::now()).await.unwrap();
        assert_eq!(client.to_string(), program.client_id);
    }
    program.tokens(&world, "read:orders").await;
    let nobody = domain::TenantId::new(uuid::Uuid::from_u128(7));
    assert!(local::operator::first_client(&world.store, nobody, platform::clock::now()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_registration_is_one() {
    let world = World::bare().await;
    let owner = world.tenant_staff();
    let body = json!({"name": "Planner", "redirectUris": ["https://app.example.com/callback"]});
    let first = owner.post_once("/v1/oauth/clients", &body, "planner").await;
    let again = owner.post_once("/v1/oauth/clients", &body, "planner").await;
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    assert_eq!(owner.get("/v1/oauth/clients").await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_trusted_is_not_registered() {
    let world = World::bare().await;
    let owner = world.tenant_staff();
    for redirect in [
        "http://app.example.com/",
        "https://app.example.com/#x",
        "javascript:alert(1)",
        "https://app.example.com",
        "http://localhost/callback",
        "https://user@app.example.com/",
    ] {
        let body = json!({"name": "Planner", "redirectUris": [redirect]});
        let reply = owner.post("/v1/oauth/clients", &body).await;
        assert_eq!((reply.status.as_u16(), code(&reply).as_str()), (422, "invalid_format"), "{redirect}");
    }
    let body = json!({"name": " ", "redirectUris": [], "scopes": ["admin:webhooks"]});
    let reply = owner.post("/v1/oauth/clients", &body).await;
    assert_eq!(reply.json()["errors"].as_array().unwrap().len(), 3, "{}", reply.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_asks_for_what_it_was_registered_for() {
    let world = World::bare().await;
    join(&world, DEMO_TENANT).await;
    let body = json!({"name": "Planner", "redirectUris": ["https://app.example.com/callback"], "scopes": ["read:orders"]});
    let client = world.tenant_staff().post("/v1/oauth/clients", &body).await.json();
    let program = Program::registered(&world, &client);
    let back = Browser::new(&world).open(&program.link("write:orders")).await;
    assert_eq!(super::browser::parameter(&back, "error"), "invalid_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_told_who_registered_it_and_where_they_return_to() {
    let world = World::bare().await;
    join(&world, DEMO_TENANT).await;
    let body = json!({"name": "<script>alert(1)</script> & \"Sons\"", "redirectUris": ["https://app.example.com/callback"]});
    let client = world.tenant_staff().post("/v1/oauth/clients", &body).await.json();
    let (program, mut browser) = (Program::registered(&world, &client), Browser::new(&world));
    let page = browser.open(&program.link("read:orders")).await;
    let page = browser.sign_in(&page).await;
    let html = text(&page);
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Sons&quot;")
            && !html.contains("<script")
    );
    assert!(html.contains(&format!("user-{}", staff_of(DEMO_TENANT))), "{html}");
    assert!(html.contains("<dd>app.example.com</dd>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_app_passes_for_a_web_site() {
    let world = World::bare().await;
    join(&world, DEMO_TENANT).await;
    let client = register(&world.tenant_staff(), &["com.evil.app://accounts.example.com/callback"]).await;
    let (program, mut browser) = (Program::registered(&world, &client), Browser::new(&world));
    let page = browser.open(&program.link("read:orders")).await;
    let page = browser.sign_in(&page).await;
    let html = text(&page);
    assert!(html.contains("<dd>an app on this device (com.evil.app)</dd>"), "{html}");
    assert!(!html.contains("accounts.example.com"));
}
