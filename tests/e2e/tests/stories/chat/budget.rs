//! Tokens a day: who has used them up is refused, and who has not is cut short at worst.

use std::time::Duration;

use chat::Patience;
use domain::time::DAY_MS;
use domain::{Scope, Timestamp};
use e2e::{World, code};
use local::options::Options;
use platform::clock;
use serde_json::json;

use crate::chat::model::{Model, patient};
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

/// What does not fit in a user's day and what does not fit in the pool's is the same part of the answer.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_gets_as_much_as_the_one_that_has_less_left() {
    let mut model = Model::start().await;
    let options = Options { no_seed: true, rate_limit: Some(1_000), ..Options::ephemeral() };
    let world = World::chatting_with(options, model.provider(), patient()).await;
    let (id, user) = world.newcomer(Scope::Shared).await;
    let day = clock::now().as_ms().div_euclid(DAY_MS) + 1;
    for (whose, budget) in [(format!("chat-{id}"), BUDGET), ("chat".to_owned(), 20 * BUDGET)] {
        let used = u64::try_from(budget - 2_000).unwrap();
        let count = world.store.count_add(Scope::Shared, &whose, Timestamp::from_ms(day * DAY_MS), used);
        assert_eq!(count.await.unwrap(), used);
    }
    let mut body = question("Hello!");
    body["maxTokens"] = json!(3_000);
    let answering = async {
        let talk = model.talk().await;
        let may_say = talk.asked["max_tokens"].as_u64().unwrap();
        talk.say("Hello!").await;
        talk.finish("stop").await;
        may_say
    };
    let (reply, may_say) = tokio::join!(user.post(PATH, &body), answering);
    assert_eq!(reply.status, 201);
    assert!((1_001..2_000).contains(&may_say), "{may_say}");
}

/// A model bills what it counts, however we guessed.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_counts_is_what_is_paid_for() {
    let mut model = Model::start().await;
    let options = Options { no_seed: true, rate_limit: Some(1_000), ..Options::ephemeral() };
    let world = World::chatting_with(options, model.provider(), patient()).await;
    let (user, body) = (world.user(Scope::Shared).await, question("¿?!"));
    let billing = async {
        let talk = model.talk().await;
        talk.say("Hay").await;
        talk.count(60_000).await;
    };
    let (reply, ()) = tokio::join!(user.post(PATH, &body), billing);
    assert_eq!(reply.json()["usage"]["promptTokens"], 60_000);
    let refused = user.post(PATH, &body).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (429, "chat_budget_spent"));
}

/// A model that was asked may bill the question, though nobody got an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_nobody_answers_in_time_is_paid_for() {
    let mut model = Model::start().await;
    let options = Options { no_seed: true, rate_limit: Some(1_000), ..Options::ephemeral() };
    let patience = Patience { first: Duration::from_millis(200), ..patient() };
    let world = World::chatting_with(options, model.provider(), patience).await;
    let (user, body) = (world.user(Scope::Shared).await, question(&"why ".repeat(30_000)));
    assert_eq!(user.post(PATH, &body).await.status, 503);
    model.talk().await.hung_up().await;
    let refused = user.post(PATH, &body).await;
    assert_eq!((refused.status.as_u16(), code(&refused).as_str()), (429, "chat_budget_spent"));
}

/// Whose day is used up takes nothing from the pool's, not even while being refused.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_keeps_nobody_else_from_asking() {
    let world = limited().await;
    let (greedy, other) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let day = clock::now().as_ms().div_euclid(DAY_MS) + 1;
    let pool = async || {
        world.store.count_fetch(Scope::Shared, "chat", Timestamp::from_ms(day * DAY_MS)).await.unwrap()
    };
    // The pool's count is looked at all the while.
    let body = long(BUDGET + 10_000);
    let asking = async {
        for _ in 0..20 {
            assert_eq!(greedy.post(PATH, &body).await.status, 429);
        }
    };
    tokio::pin!(asking);
    loop {
        tokio::select! {
            () = &mut asking => break,
            taken = pool() => assert_eq!(taken, 0),
        }
    }
    assert_eq!(other.post(PATH, &question("Hello!")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_limits_nothing_is_counted() {
    let world = World::bare().await;
    let user = world.user(Scope::Shared).await;
    for _ in 0..3 {
        assert_eq!(user.post(PATH, &long(BUDGET)).await.status, 201);
    }
}
