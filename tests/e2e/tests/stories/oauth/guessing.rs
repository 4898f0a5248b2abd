//! Guessing the codes that devices show: twenty letters and eight places are enough only as long as nobody may try them
//! all, be it at once or of several processes.

use domain::Timestamp;
use domain::id::DeviceId;
use domain::oauth::{DEVICE_LIFETIME_MS, DeviceCode};
use e2e::{Reply, World};
use futures_util::future::join_all;
use http::{Method, Request};
use lambda_http::Body;
use local::functions;
use local::gateway::HttpFunctions;
use local::options::Options;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};
use uuid::Uuid;

use super::browser::{FORM, between, form, text};
use super::devices::{poll, wait};
use super::program::{granted, refused};
use super::{Browser, Program, join};

async fn limited() -> World {
    World::with(Options { no_seed: true, rate_limit: Some(100_000), ..Options::ephemeral() }).await
}

/// A browser at the page where codes are typed: its cookie, and its form's ticket.
async fn typist(world: &World) -> (String, String) {
    let mut browser = Browser::new(world);
    let page = browser.open("/device").await;
    (browser.cookie(), between(&text(&page), "name=\"ticket\" value=\"", "\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_five_wrong_codes_at_once_too() {
    let world = limited().await;
    let (cookie, ticket) = typist(&world).await;
    let body = form(&[("ticket", &ticket), ("user_code", "BBBB-BBBB")]);
    let api = world.guest();
    let headers = [FORM, ("cookie", cookie.as_str())];
    let replies = join_all((0..30).map(|_| api.send(Method::POST, "/device", body.clone(), &headers))).await;
    let looked_up = replies.iter().filter(|reply| reply.status == 422).count();
    let refused = replies.iter().filter(|reply| reply.status == 429).count();
    assert_eq!((looked_up, refused), (5, 25));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_five_wrong_codes_of_all_processes_together() {
    let world = limited().await;
    let (cookie, ticket) = typist(&world).await;
    let body = form(&[("ticket", &ticket), ("user_code", "BBBB-BBBB")]);
    let mut statuses = Vec::new();
    // Each process is asked once: it knows of nobody.
    for _ in 0..6 {
        let process = functions::wire(world.local.wiring().clone()).await.unwrap().http;
        statuses.push(ask(&process, &cookie, &body).await);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
}

async fn ask(process: &HttpFunctions, cookie: &str, body: &[u8]) -> u16 {
    let request = Request::post("/device").header(FORM.0, FORM.1).header("cookie", cookie);
    process["oauth"](request.body(Body::from(body)).unwrap()).await.status().as_u16()
}

/// Asking for tokens too often is told in words that clients understand, and is a matter of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_has_a_limit_of_its_own_and_its_own_words_for_later() {
    let world = World::with(Options { no_seed: true, rate_limit: Some(10), ..Options::ephemeral() }).await;
    let program = Program::of(&world, DEMO_TENANT);
    let mut last = program.token(&[]).await;
    for _ in 0..25 {
        last = program.token(&[]).await;
    }
    assert_eq!((last.status.as_u16(), last.json()["error"].as_str()), (429, Some("slow_down")));
    assert!(!last.header("retry-after").is_empty());
    assert_eq!(world.guest().get("/v1/pets").await.status, 200);
}

/// Calls until one is refused for being one too many.
async fn hammer(call: impl AsyncFn() -> Reply) {
    for _ in 0..60 {
        if call().await.status == 429 {
            return;
        }
    }
    panic!("nobody is refused");
}

/// An office has one address for all of its clients, and one of them may be broken.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_calls_for_ever_keeps_no_neighbour_from_refreshing_polling_and_revoking() {
    let world = World::with(Options { no_seed: true, rate_limit: Some(20), ..Options::ephemeral() }).await;
    join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    let mut browser = Browser::new(&world);
    let mut consents = Vec::new();
    for _ in 0..3 {
        let code = program.code(&mut browser, "read:orders").await;
        consents.push(granted(&program.redeem(&code).await));
    }
    let [void, kept, given_back] = <[_; 3]>::try_from(consents).unwrap();
    let (device, broken) = (wait(&program, "read:pets").await, wait(&program, "read:pets").await);

    // Garbage, and a refresh token that is used again and again: void since the second time.
    hammer(async || program.token(&[("grant_type", "refresh_token"), ("refresh_token", "rt_x")]).await).await;
    hammer(async || program.refresh(&void).await).await;
    hammer(async || poll(&program, &broken).await).await;
    let kept = granted(&program.refresh(&kept).await);
    let token = kept["refresh_token"].as_str().unwrap();
    granted(&program.post("/refresh", &[("refresh_token", token)]).await);
    assert_eq!(refused(&poll(&program, &device).await), "authorization_pending");
    for token in ["refresh_token", "access_token"] {
        let token = given_back[token].as_str().unwrap();
        assert_eq!(program.post("/revoke", &[("token", token)]).await.status, 200);
    }
}

/// A code such as a device had that began to wait at `began`.
fn code_of(world: &World, began: Timestamp) -> Value {
    let fresh = clock::fresh_id().as_u128() << 48 >> 48;
    let id = Uuid::from_u128(u128::from(began.as_ms().unsigned_abs()) << 80 | fresh);
    let code = DeviceCode { scope: DEMO_TENANT, device: DeviceId::new(id) };
    let keys = functions::keys(world.local.wiring()).unwrap();
    json!({"device_code": code.text(&keys.subkey("oauth-device"))})
}

/// Whoever asks for one gets a device code.
#[tokio::test(flavor = "multi_thread")]
async fn many_device_codes_give_an_address_no_more_calls() {
    let world = World::with(Options { no_seed: true, rate_limit: Some(10), ..Options::ephemeral() }).await;
    let program = Program::of(&world, DEMO_TENANT);
    let mut answered = 0;
    for _ in 0..30 {
        let device = code_of(&world, clock::now());
        for _ in 0..2 {
            answered += usize::from(poll(&program, &device).await.status != 429);
        }
    }
    // Twice as many when the minute turns meanwhile.
    assert!((10..=20).contains(&answered), "{answered}");
}

/// It would prove for ever that it was made here.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_that_nobody_waits_with_is_counted_for_the_address() {
    let world = World::with(Options { no_seed: true, rate_limit: Some(10), ..Options::ephemeral() }).await;
    let program = Program::of(&world, DEMO_TENANT);
    for (age_ms, limit) in [(0, "2"), (DEVICE_LIFETIME_MS, "10")] {
        let device = code_of(&world, clock::now().plus_ms(-age_ms));
        assert_eq!(poll(&program, &device).await.header("ratelimit-limit"), limit);
    }
}

/// Whose a call is, only the member says that its operation reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_sent_along_is_no_way_around_the_addresses_count() {
    let world = World::with(Options { no_seed: true, rate_limit: Some(20), ..Options::ephemeral() }).await;
    join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    let tokens = program.tokens(&world, "read:orders").await;
    let along = tokens["refresh_token"].as_str().unwrap();
    for (path, grant) in [("/token", "authorization_code"), ("/device/authorize", "refresh_token")] {
        let fields = [("grant_type", grant), ("code", "x"), ("refresh_token", along), ("token", along)];
        hammer(async || program.post(path, &fields).await).await;
    }
    granted(&program.refresh(&tokens).await);
}

/// Whoever connects several devices does not wait for having typed their codes.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_code_counts_for_nothing() {
    let world = limited().await;
    join(&world, DEMO_TENANT).await;
    let (program, mut browser) = (Program::of(&world, DEMO_TENANT), Browser::new(&world));
    let device = wait(&program, "read:pets").await;
    for _ in 0..7 {
        let page = browser.open("/device").await;
        let code = device["user_code"].as_str().unwrap();
        assert_eq!(browser.send(&page, &[("user_code", code)]).await.status, 200);
    }
}
