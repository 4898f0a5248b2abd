//! Rate limits: who is refused, what is said of it, and what counting costs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod open_orders;
mod shared;

use domain::Scope;
use e2e::{Api, Reply, World, code};
use local::options::Options;
use platform::clock;
use serde_json::json;

/// The limit of the catalogue in these tests.
const LIMIT: u32 = 10;

async fn limited(per_minute: u32) -> World {
    World::with(Options { no_seed: true, rate_limit: Some(per_minute), ..Options::ephemeral() }).await
}

/// The answers up to the first 429, and that one.
async fn until_refused(ask: impl AsyncFn() -> Reply) -> (Vec<Reply>, Reply) {
    let mut answered = Vec::new();
    loop {
        let reply = ask().await;
        if reply.status == 429 {
            return (answered, reply);
        }
        answered.push(reply);
        assert!(answered.len() < 1_000, "nobody is refused");
    }
}

fn number(reply: &Reply, header: &str) -> i64 {
    reply.header(header).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_told_its_limit_and_held_to_it() {
    let world = limited(LIMIT).await;
    let (guest, user) = (world.guest(), world.user(Scope::Shared).await);
    for api in [&guest, &user] {
        let (answered, refused) = until_refused(async || api.get("/v1/pets").await).await;
        // The minute may have turned meanwhile; then the count began anew.
        let reset = number(&refused, "ratelimit-reset");
        let left: Vec<_> = answered
            .iter()
            .filter(|reply| number(reply, "ratelimit-reset") == reset)
            .map(|reply| number(reply, "ratelimit-remaining"))
            .collect();
        assert_eq!(left, (0..i64::from(LIMIT)).rev().collect::<Vec<_>>());
        assert!(answered.iter().all(|reply| number(reply, "ratelimit-limit") == i64::from(LIMIT)));
        assert_eq!(
            (number(&refused, "ratelimit-remaining"), code(&refused)),
            (0, "rate_limit_exceeded".into())
        );
        assert!((1..=60).contains(&number(&refused, "retry-after")));
        assert_eq!((reset % 60, reset > clock::now().as_secs() - 60), (0, true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_without_a_token_is_held_to_fewer() {
    let world = limited(1_000).await;
    let (guest, user) = (world.guest(), world.user(Scope::Shared).await);
    let body = json!({"petId": clock::fresh_id(), "userId": clock::fresh_id()});
    let (answered, _) = until_refused(async || guest.post("/v1/orders", &body).await).await;
    assert!((20..40).contains(&answered.len()), "{}", answered.len());
    assert!(answered.iter().all(|reply| reply.status == 404));
    for _ in 0..50 {
        assert_ne!(user.post("/v1/orders", &body).await.status, 429);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_orders_gets_no_further() {
    let world = limited(1_000).await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let known = format!("/v1/orders/{}", e2e::id(&order));
    for _ in 0..50 {
        assert_eq!(guest.get(&known).await.status, 200);
    }
    let guess = async || guest.get(&format!("/v1/orders/{}", clock::fresh_id())).await;
    let (answered, _) = until_refused(guess).await;
    assert!((20..40).contains(&answered.len()), "{}", answered.len());
    for _ in 0..50 {
        assert_eq!(staff.get(&format!("/v1/orders/{}", clock::fresh_id())).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_invents_tenants_is_counted_as_one() {
    let world = limited(LIMIT).await;
    let somewhere = || Api(world.guest().0.with_tenant(clock::fresh_id()));
    let order = json!({"petId": clock::fresh_id(), "userId": clock::fresh_id()});
    let (read, _) = until_refused(async || somewhere().get("/v1/pets").await).await;
    let (written, _) = until_refused(async || somewhere().post("/v1/orders", &order).await).await;
    let unknown = async || somewhere().get(&format!("/v1/orders/{}", clock::fresh_id())).await;
    let (guessed, _) = until_refused(unknown).await;
    for (answered, status) in [(read, 200), (written, 404), (guessed, 404)] {
        // Twice as many when the minute turns meanwhile.
        assert!((10..=20).contains(&answered.len()), "{}", answered.len());
        assert!(answered.iter().all(|reply| reply.status == status));
    }
    // Whoever is signed in has a count of their own.
    assert_eq!(world.user(Scope::Shared).await.get("/v1/pets").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_limit_nothing_is_said_of_one() {
    let world = World::bare().await;
    let replies =
        futures_util::future::join_all((0..120).map(|_| async { world.guest().get("/v1/pets").await }));
    for reply in replies.await {
        assert_eq!((reply.status.as_u16(), reply.header("ratelimit-limit")), (200, ""));
    }
}
