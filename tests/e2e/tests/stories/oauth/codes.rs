//! The code flow, as it should be.

use domain::Scope;
use e2e::World;
use local::seed::DEMO_TENANT;
use serde_json::json;

use super::browser::{parameter, text};
use super::program::{STATE, granted, holder};
use super::{Browser, PASSWORD, Program, join, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_finds_everything_in_the_metadata() {
    let world = World::bare().await;
    let metadata = world.guest().get("/.well-known/oauth-authorization-server").await.json();
    let base = world.local.base_url();
    assert_eq!(metadata["issuer"], base);
    for (name, path) in [
        ("authorization_endpoint", "/authorize"),
        ("token_endpoint", "/token"),
        ("revocation_endpoint", "/revoke"),
        ("device_authorization_endpoint", "/device/authorize"),
    ] {
        assert_eq!(metadata[name], format!("{base}{path}"));
    }
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["token_endpoint_auth_methods_supported"], json!(["none"]));
    let keys = metadata["jwks_uri"].as_str().unwrap().strip_prefix(base).unwrap();
    assert!(world.guest().get(keys).await.json()["keys"].as_array().unwrap().len() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_agrees_lets_a_program_act_for_them() {
    for scope in [Scope::Shared, DEMO_TENANT] {
        let world = World::bare().await;
        let (me, _) = join(&world, scope).await;
        let (program, mut browser) = (Program::of(&world, scope), Browser::new(&world));
        let page = browser.open(&program.link("read:orders read:user")).await;
        let page = browser.sign_in(&page).await;
        assert!(text(&page).contains("see your orders") && !text(&page).contains("place, pay"));
        let back = browser.send(&page, &[("action", "allow")]).await;
        assert_eq!(back.status, 303);
        assert!(back.header("location").starts_with(&format!("{}?code=", program.redirect)));
        assert_eq!(
            (parameter(&back, "state").as_str(), parameter(&back, "iss").as_str()),
            (STATE, world.local.base_url())
        );

        let reply = program.redeem(&parameter(&back, "code")).await;
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
        let tokens = granted(&reply);
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(tokens["scope"], "read:orders read:user");
        let api = holder(&world, &tokens);
        assert_eq!(api.get("/v1/orders").await.status, 200);
        assert_eq!(api.get(&me).await.json()["email"], "ada@example.com");
        assert_eq!(api.put(&me, &json!({"firstName": "Eve"})).await.status, 403, "not agreed to");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_does_not_agree_gives_nothing() {
    let (world, program) = tenant_program().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&program.link("read:orders")).await;
    let page = browser.sign_in(&page).await;
    let back = browser.send(&page, &[("action", "deny")]).await;
    assert_eq!((back.status.as_u16(), parameter(&back, "error").as_str()), (303, "access_denied"));
    assert_eq!((parameter(&back, "state").as_str(), parameter(&back, "code").as_str()), (STATE, ""));
    assert_eq!(parameter(&back, "iss"), world.local.base_url());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders write:pets").await;
    assert_eq!(tokens["scope"], "read:orders");
    assert_eq!(holder(&world, &tokens).post("/v1/pets", &json!({})).await.status, 403);

    let mut browser = Browser::new(&world);
    let page = browser.open(&program.link("write:pets")).await;
    let page = browser.sign_in(&page).await;
    assert!(!text(&page).contains("value=\"allow\""), "there is nothing to allow");
    let back = browser.send(&page, &[("action", "allow")]).await;
    assert_eq!(parameter(&back, "error"), "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signed_in_is_asked_again_but_not_for_the_password() {
    let (world, program) = tenant_program().await;
    let mut browser = Browser::new(&world);
    program.code(&mut browser, "read:orders").await;
    let page = browser.open(&program.link("write:orders")).await;
    assert!(text(&page).contains("value=\"allow\"") && !text(&page).contains("name=\"password\""));
    // In another pool they are a stranger, and after another account was chosen too.
    let shared = Program::of(&world, Scope::Shared);
    assert!(text(&browser.open(&shared.link("read:orders")).await).contains("name=\"password\""));
    let page = browser.open(&program.link("write:orders")).await;
    let page = browser.send(&page, &[("action", "switch")]).await;
    assert!(text(&page).contains("name=\"password\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_sessions_codes_and_refreshing() {
    let world = World::bare().await;
    let (me, api) = join(&world, DEMO_TENANT).await;
    let (program, mut browser) = (Program::of(&world, DEMO_TENANT), Browser::new(&world));
    let tokens = program.tokens(&world, "read:orders").await;
    let code = program.code(&mut browser, "read:orders").await;
    let body = json!({"password": "AnalyticalEngine2", "currentPassword": PASSWORD});
    assert_eq!(api.put(&me, &body).await.status, 200);
    assert_eq!(super::program::refused(&program.refresh(&tokens).await), "invalid_grant");
    assert_eq!(super::program::refused(&program.redeem(&code).await), "invalid_grant");
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 401);
    assert!(text(&browser.open(&program.link("read:orders")).await).contains("name=\"password\""));
    // Whoever signs in again within the same second is not locked out by it.
    let page = browser.open(&program.link("read:orders")).await;
    let fields = [("action", "sign-in"), ("username", super::USER), ("password", "AnalyticalEngine2")];
    let page = browser.send(&page, &fields).await;
    let back = browser.send(&page, &[("action", "allow")]).await;
    let tokens = granted(&program.redeem(&parameter(&back, "code")).await);
    granted(&program.refresh(&tokens).await);
}
