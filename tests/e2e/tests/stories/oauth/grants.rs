//! What a user granted applications, and taking it back.

use domain::Scope;
use e2e::{Api, World};
use local::seed::DEMO_TENANT;
use serde_json::{Value, json};

use super::devices::{poll, type_code, wait};
use super::program::{granted, holder, refused};
use super::{Browser, Program, join, register};

/// What the user granted, the latest first.
async fn grants(user: &Api) -> Vec<Value> {
    let reply = user.get("/v1/oauth/grants").await;
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["data"].as_array().unwrap().clone()
}

fn path(grant: &Value) -> String {
    format!("/v1/oauth/grants/{}", e2e::id(grant))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_takes_back_one_and_keeps_the_other() {
    for scope in [DEMO_TENANT, Scope::Shared] {
        let world = World::bare().await;
        let (_, user) = join(&world, scope).await;
        let program = Program::of(&world, scope);
        assert_eq!(grants(&user).await, Vec::<Value>::new());
        let kept = program.tokens(&world, "read:orders").await;
        let lost = program.tokens(&world, "read:orders read:user").await;
        let granted_now = grants(&user).await;
        let scopes: Vec<_> = granted_now.iter().map(|grant| &grant["scopes"]).collect();
        assert_eq!(scopes, [&json!(["read:orders", "read:user"]), &json!(["read:orders"])]);
        assert_eq!(granted_now[0]["client"]["name"], "Petstore command line");
        assert_eq!(user.get(&path(&granted_now[0])).await.json(), granted_now[0]);

        assert_eq!(user.delete(&path(&granted_now[0])).await.status, 204);
        assert_eq!(refused(&program.refresh(&lost).await), "invalid_grant");
        assert_eq!(holder(&world, &lost).get("/v1/orders").await.status, 401);
        assert_eq!(user.delete(&path(&granted_now[0])).await.status, 404, "it has ended");
        assert_eq!(grants(&user).await, granted_now[1..]);
        assert_eq!(holder(&world, &kept).get("/v1/orders").await.status, 200);
        granted(&program.refresh(&kept).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_one_of_them() {
    let world = World::bare().await;
    let (_, user) = join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    let device = wait(&program, "read:pets").await;
    let mut browser = Browser::new(&world);
    let page = type_code(&mut browser, &device).await;
    browser.send(&page, &[("action", "allow")]).await;
    assert_eq!(grants(&user).await, Vec::<Value>::new(), "it begins when the device has its tokens");
    let tokens = granted(&poll(&program, &device).await);
    assert_eq!(user.delete(&path(&grants(&user).await[0])).await.status, 204);
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
}

/// A grant's version counts its refreshes, so that what was looked at is what ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_in_between_is_noticed_by_who_asks() {
    let world = World::bare().await;
    let (_, user) = join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    let tokens = program.tokens(&world, "read:orders").await;
    let path = path(&grants(&user).await[0]);
    let seen = user.get(&path).await.header("etag").to_owned();
    let tokens = granted(&program.refresh(&tokens).await);
    let conditional = user.send(http::Method::DELETE, &path, Vec::new().into(), &[("if-match", &seen)]).await;
    assert_eq!(conditional.status, 412);
    let tokens = granted(&program.refresh(&tokens).await);
    assert_eq!(user.delete(&path).await.status, 204);
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
}

/// An application that was removed can do nothing with it, so there is nothing to take back.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_removed_application_has_is_not_shown() {
    let world = World::bare().await;
    let (_, user) = join(&world, DEMO_TENANT).await;
    let owner = world.tenant_staff();
    let client = register(&owner, &["http://127.0.0.1/callback"]).await;
    Program::registered(&world, &client).tokens(&world, "read:orders").await;
    let grant = grants(&user).await.remove(0);
    assert_eq!(grant["client"], json!({"id": client["id"], "name": "Planner"}));
    assert_eq!(owner.delete(&format!("/v1/oauth/clients/{}", e2e::id(&client))).await.status, 204);
    assert_eq!(grants(&user).await, Vec::<Value>::new());
    assert_eq!(user.get(&path(&grant)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_the_user_alone() {
    let world = World::bare().await;
    let (_, user) = join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    let tokens = program.tokens(&world, "read:user write:user").await;
    let (application, path) = (holder(&world, &tokens), path(&grants(&user).await[0]));
    for reply in [
        application.get("/v1/oauth/grants").await,
        application.get(&path).await,
        application.delete(&path).await,
    ] {
        assert_eq!(reply.status, 403, "{}", reply.json());
    }
    let owner = world.tenant_staff();
    assert_eq!((grants(&owner).await, owner.delete(&path).await.status.as_u16()), (vec![], 404));
    granted(&program.refresh(&tokens).await);
}
