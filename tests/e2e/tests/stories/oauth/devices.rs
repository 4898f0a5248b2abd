//! Devices without a browser (RFC 8628).

use domain::id::DeviceId;
use domain::oauth::{DEVICE_LIFETIME_MS, Device, DeviceCode};
use e2e::{Reply, World};
use local::options::Options;
use local::seed::DEMO_TENANT;
use serde_json::{Value, json};

use super::browser::text;
use super::program::{granted, holder, refused};
use super::{Browser, Program, join, register, tenant_program};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device that shows its code.
pub(crate) async fn wait(program: &Program, scope: &str) -> Value {
    let reply = program.post("/device/authorize", &[("scope", scope)]).await;
    assert_eq!(reply.header("cache-control"), "no-store");
    granted(&reply)
}

/// The device asks.
pub(crate) async fn poll(program: &Program, device: &Value) -> Reply {
    program.token(&[("grant_type", GRANT), ("device_code", device["device_code"].as_str().unwrap())]).await
}

/// The user types the code, and signs in; the page that asks.
pub(crate) async fn type_code(browser: &mut Browser, device: &Value) -> Reply {
    let page = browser.open("/device").await;
    let code = device["user_code"].as_str().unwrap().to_lowercase().replace('-', " ");
    let page = browser.send(&page, &[("user_code", &code)]).await;
    assert_eq!(page.status, 200, "{}", text(&page));
    if text(&page).contains("name=\"password\"") { browser.sign_in(&page).await } else { page }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_connects_a_device() {
    let (world, program) = tenant_program().await;
    let mut browser = Browser::new(&world);
    let device = wait(&program, "read:pets chat:write").await;
    assert_eq!((&device["interval"], &device["expires_in"]), (&5.into(), &600.into()));
    assert_eq!(refused(&poll(&program, &device).await), "authorization_pending");
    let page = type_code(&mut browser, &device).await;
    assert!(text(&page).contains(device["user_code"].as_str().unwrap()), "the user compares the codes");
    assert!(text(&page).contains("only if you started this yourself"));
    let done = browser.send(&page, &[("action", "allow")]).await;
    assert!(text(&done).contains("connected"));
    // As soon as there is something to say it is said, however early the device asks.
    let tokens = granted(&poll(&program, &device).await);
    assert_eq!(tokens["scope"], "read:pets chat:write");
    assert_eq!(holder(&world, &tokens).get("/v1/inventory").await.status, 200);
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 403);
    granted(&program.refresh(&tokens).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_gets_its_tokens_once_and_a_second_time_voids_them() {
    let (world, program) = tenant_program().await;
    let (mut browser, device) = (Browser::new(&world), wait(&program, "read:pets").await);
    let page = type_code(&mut browser, &device).await;
    browser.send(&page, &[("action", "allow")]).await;
    let both = futures_util::future::join(poll(&program, &device), poll(&program, &device)).await;
    let mut replies = [both.0, both.1];
    replies.sort_by_key(|reply| reply.status);
    let tokens = granted(&replies[0]);
    assert_eq!(refused(&replies[1]), "invalid_grant");
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
    assert_eq!(refused(&poll(&program, &device).await), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_the_code_still_asks() {
    let (world, program) = tenant_program().await;
    let (mut browser, device) = (Browser::new(&world), wait(&program, "read:pets").await);
    let link = device["verification_uri_complete"].as_str().unwrap();
    let page = browser.open(link.strip_prefix(world.local.base_url()).unwrap()).await;
    assert!(text(&page).contains(&format!("value=\"{}\"", device["user_code"].as_str().unwrap())));
    assert!(text(&page).contains("If somebody sent you a code"));
    assert_eq!(refused(&poll(&program, &device).await), "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_says_no_is_obeyed_for_good() {
    let (world, program) = tenant_program().await;
    let (mut browser, device) = (Browser::new(&world), wait(&program, "read:pets").await);
    let page = type_code(&mut browser, &device).await;
    browser.send(&page, &[("action", "deny")]).await;
    assert_eq!(refused(&poll(&program, &device).await), "access_denied");
    let again = browser.send(&page, &[("action", "allow")]).await;
    assert_eq!(again.status, 400);
    assert_eq!(refused(&poll(&program, &device).await), "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_asks_too_often_waits_longer_for_good() {
    let (world, program) = tenant_program().await;
    let device = wait(&program, "read:pets").await;
    assert_eq!(refused(&poll(&program, &device).await), "authorization_pending");
    for secs in [10, 15] {
        assert_eq!(refused(&poll(&program, &device).await), "slow_down");
        assert_eq!(row(&world, &device).await.interval_secs, secs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_ever() {
    let (world, program) = tenant_program().await;
    let (mut browser, device) = (Browser::new(&world), wait(&program, "read:pets").await);
    let page = type_code(&mut browser, &device).await;
    let waiting = row(&world, &device).await;
    let (expires_at, version) = (waiting.expires_at.plus_ms(-DEVICE_LIFETIME_MS), waiting.version + 1);
    let aged = Device { expires_at, version, ..waiting };
    let commit = world.store.transaction().replace("device", &aged).commit().await.unwrap();
    assert_eq!(commit, store::Commit::Done);
    assert_eq!(refused(&poll(&program, &device).await), "expired_token");
    assert_eq!(browser.send(&page, &[("action", "allow")]).await.status, 400);
    let page = browser.open("/device").await;
    let code = device["user_code"].as_str().unwrap();
    assert_eq!(browser.send(&page, &[("user_code", code)]).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_may_ask_for_little_and_their_code_is_theirs_alone() {
    let (world, program) = tenant_program().await;
    for scope in ["read:orders", "read:pets write:orders", "admin:webhooks"] {
        let reply = program.post("/device/authorize", &[("scope", scope)]).await;
        assert_eq!(refused(&reply), "invalid_scope", "{scope}");
    }
    let stranger = Program { client_id: "shared.x".to_owned(), ..program.clone() };
    assert_eq!(refused(&stranger.post("/device/authorize", &[]).await), "invalid_client");
    let other = register(&world.tenant_staff(), &["http://127.0.0.1/callback"]).await;
    let (other, device) = (Program::registered(&world, &other), wait(&program, "read:pets").await);
    assert_eq!(refused(&poll(&other, &device).await), "invalid_grant");
    let forged = [("grant_type", GRANT), ("device_code", "dc_AAAA")];
    assert_eq!(refused(&program.token(&forged).await), "invalid_grant");
}

/// Twenty letters and eight places are enough only as long as nobody may try them all.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_five_wrong_codes() {
    let options = Options { no_seed: true, rate_limit: Some(100_000), ..Options::ephemeral() };
    let world = World::with(options).await;
    join(&world, DEMO_TENANT).await;
    let (program, mut browser) = (Program::of(&world, DEMO_TENANT), Browser::new(&world));
    let device = wait(&program, "read:pets").await;
    let mut page = browser.open("/device").await;
    for code in ["BBBB-BBBB", "x", "", "AAAA-AAAA", "CCCC-CCCC"] {
        page = browser.send(&page, &[("user_code", code)]).await;
        assert_eq!(page.status, 422, "{code}");
        assert!(text(&page).contains("role=\"alert\""));
    }
    let code = device["user_code"].as_str().unwrap();
    let page = browser.send(&page, &[("user_code", code)]).await;
    assert_eq!(page.status, 429, "even the right one");
    assert!(!page.header("retry-after").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_may_ask_for_nothing_here_does_not_wait() {
    let world = World::bare().await;
    let body =
        json!({"name": "Planner", "redirectUris": ["https://app.example.com/"], "scopes": ["read:orders"]});
    let client = world.tenant_staff().post("/v1/oauth/clients", &body).await.json();
    let program = Program::registered(&world, &client);
    assert_eq!(refused(&program.post("/device/authorize", &[]).await), "invalid_scope");
}

/// Whoever may do none of it can still send the form.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_nothing_to_give_is_not_told_otherwise() {
    let world = World::bare().await;
    let (me, _) = join(&world, DEMO_TENANT).await;
    let roles = json!({"scopes": ["read:orders"], "staff": false});
    assert_eq!(world.tenant_staff().put(&format!("{me}/roles"), &roles).await.status, 200);
    let (program, mut browser) = (Program::of(&world, DEMO_TENANT), Browser::new(&world));
    let device = wait(&program, "read:pets").await;
    let page = type_code(&mut browser, &device).await;
    let done = browser.send(&page, &[("action", "allow")]).await;
    assert!(text(&done).contains("The device is not connected"), "{}", text(&done));
    assert_eq!(refused(&poll(&program, &device).await), "access_denied");
}

/// What is stored of the device.
async fn row(world: &World, device: &Value) -> Device {
    let keys = local::functions::keys(world.local.wiring()).unwrap();
    let text = device["device_code"].as_str().unwrap();
    let code = DeviceCode::parse(text, &keys.subkey("oauth-device")).unwrap();
    let id: DeviceId = code.device;
    world.store.device_fetch(code.scope, id).await.unwrap().unwrap()
}
