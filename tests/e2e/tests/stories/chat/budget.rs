//! Tokens a day: who has used them up is refused, and who has not is cut short at worst.

use domain::Scope;
use domain::time::DAY_MS;
use e2e::{World, code};
use local::options::Options;
use serde_json::json;

use crate::chat::{PATH, question, streamed};

/// Tokens of a user's day.
const BUDGET: usize = 50_000;

async fn limited() -> World {
    World::with(Options { no_seed: true, rate_limit: Some(1_000), ..Options::ephemeral() }).await
}

/// A question of so many tokens that nobody can answer.
fn long(tokens: usize) -> serde_json::Value {
    question(&"why ".repeat(tokens))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_used_up_the_day_is_refused() {
    let world = limited().await;
    let user = world.user(Scope::Shared).await;
    assert_eq!(user.post(PATH, &long(BUDGET - 100)).await.status, 201);
    // What is left is less than an answer: it is cut, and then nothing is left.
    let cut = user.post(PATH, &question("What should I feed my rabbit?")).await;
    assert_eq!(cut.json()["choices"][0]["finishReason"], "LENGTH", "{}", cut.json());
    for body in [question("What should I feed my rabbit?"), streamed("What should I feed my rabbit?")] {
        let refused = user.post(PATH, &body).await;
        assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (429, "chat_budget_spent"));
        let wait: i64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=DAY_MS / 1_000).contains(&wait));
        let told = ["ratelimit-limit", "ratelimit-remaining"].map(|name| refused.header(name));
        assert_eq!(told, [BUDGET.to_string().as_str(), "0"]);
        let reset: i64 = refused.header("ratelimit-reset").parse().unwrap();
        assert_eq!(reset % (DAY_MS / 1_000), 0);
    }
    let other = world.user(Scope::Shared).await;
    assert_eq!(other.post(PATH, &question("What should I feed my rabbit?")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_said_is_paid_for() {
    let world = limited().await;
    let user = world.user(Scope::Shared).await;
    // Together these reserve far more than a day.
    for _ in 0..60 {
        let mut body = question("Hello!");
        body["maxTokens"] = json!(4_096);
        assert_eq!(user.post(PATH, &body).await.json()["choices"][0]["finishReason"], "STOP");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_has_a_budget_of_its_own() {
    let world = limited().await;
    let mut spent = 0;
    let refused = loop {
        let user = world.user(Scope::Shared).await;
        let reply = user.post(PATH, &long(BUDGET - 2_000)).await;
        if reply.status != 201 {
            break reply;
        }
        spent += 1;
        assert!(spent < 30, "nobody is refused");
    };
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (429, "chat_budget_spent"));
    assert!((20..=21).contains(&spent), "{spent}");
    assert_eq!(refused.header("ratelimit-limit"), (20 * BUDGET).to_string());
    assert_eq!(world.tenant_staff().post(PATH, &question("Hello!")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_limits_nothing_is_counted() {
    let world = World::bare().await;
    let user = world.user(Scope::Shared).await;
    for _ in 0..3 {
        assert_eq!(user.post(PATH, &long(BUDGET)).await.status, 201);
    }
}
