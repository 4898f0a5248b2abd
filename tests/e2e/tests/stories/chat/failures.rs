//! Providers that are dead, slow, or break off.

use std::time::Duration;

use chat::Patience;
use e2e::World;
use serde_json::{Value, json};

use crate::chat::model::{Model, patient, provider};
use crate::chat::stream::Stream;
use crate::chat::{PATH, question, streamed};

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_provider_is_a_problem_in_both_modes() {
    let world = World::chatting(provider(1), patient()).await;
    for body in [question("What do rabbits eat?"), streamed("What do rabbits eat?")] {
        let reply = world.staff().post(PATH, &body).await;
        assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (503, "5"));
        assert_eq!(reply.json()["type"], "https://petstoreapi.com/errors/service-unavailable");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_begin_is_a_problem() {
    let mut model = Model::start().await;
    let patience = Patience { first: Duration::from_millis(200), ..patient() };
    let world = World::chatting(model.provider(), patience).await;
    for body in [question("What do rabbits eat?"), streamed("What do rabbits eat?")] {
        assert_eq!(world.staff().post(PATH, &body).await.status, 503);
        model.talk().await.hung_up().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_breaks_off_ends_the_events_with_an_error() {
    let mut model = Model::start().await;
    let world = World::chatting(model.provider(), patient()).await;
    let writing = async { model.talk().await.say("Hay").await };
    let body = streamed("What do rabbits eat?");
    let (stream, ()) = tokio::join!(Stream::ask(&world, &body), writing);
    assert_eq!(stream.status, 201);
    let text = stream.rest().await;
    let (_, data) = text.trim_end().rsplit_once("\n\nevent: error\ndata: ").unwrap();
    let problem: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&problem["status"], &problem["instance"]), (&json!(503), &json!(PATH)));
    assert!(!text.contains("[DONE]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_breaks_off_is_a_problem_when_the_answer_is_wanted_whole() {
    let mut model = Model::start().await;
    let world = World::chatting(model.provider(), patient()).await;
    let (staff, body) = (world.staff(), question("What do rabbits eat?"));
    let writing = async { model.talk().await.say("Hay").await };
    let (reply, ()) = tokio::join!(staff.post(PATH, &body), writing);
    assert_eq!(reply.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_takes_too_long_is_cut() {
    let mut model = Model::start().await;
    let patience = Patience { whole: Duration::from_secs(2), ..patient() };
    let world = World::chatting(model.provider(), patience).await;
    let (staff, body) = (world.staff(), question("What do rabbits eat?"));
    let writing = async {
        let talk = model.talk().await;
        talk.say("Hay").await;
        talk.hung_up().await;
    };
    let (reply, ()) = tokio::join!(staff.post(PATH, &body), writing);
    let choice = &reply.json()["choices"][0];
    assert_eq!((&choice["message"]["content"], &choice["finishReason"]), (&json!("Hay"), &json!("LENGTH")));
}
