//! Answers in events: true arrival, the contract's order, hanging up.

use std::time::Duration;

use e2e::{World, soon};
use local::options::Options;
use local::stack::Wiring;
use serde_json::{Value, json};

use crate::chat::model::{Model, patient};
use crate::chat::stream::{Stream, said};
use crate::chat::{question, streamed};

/// Until the provider is free after its client hung up: less than the gateway's own 30 s, which would free it too.
const PROMPT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_arrives_while_it_is_written() {
    let mut model = Model::start().await;
    let world = World::chatting(model.provider(), patient()).await;
    let writing = async {
        let talk = model.talk().await;
        talk.say("Hay").await;
        talk
    };
    let body = streamed("What do rabbits eat?");
    let (mut stream, talk) = tokio::join!(Stream::ask(&world, &body), writing);
    assert_eq!(
        (stream.status.as_u16(), &stream.headers["content-type"]),
        (201, &"text/event-stream; charset=utf-8".parse().unwrap())
    );

    // The model has said one word and is still thinking.
    let first = stream.chunk().await;
    assert_eq!(
        first["choices"],
        json!([{"index": 0, "delta": {"role": "assistant"}, "finish_reason": null}])
    );
    assert_eq!(said(&stream.chunk().await), "Hay");
    talk.say(" and grass.").await;
    assert_eq!(said(&stream.chunk().await), " and grass.");
    talk.finish("stop").await;
    let last = stream.chunk().await;
    assert_eq!(last["choices"], json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]));
    assert_eq!((&last["id"], &last["model"]), (&first["id"], &json!("PET_ADVISOR_1")));
    assert_eq!(stream.event().await.unwrap(), "data: [DONE]");
    assert_eq!(stream.event().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_frees_the_provider() {
    let mut model = Model::start().await;
    let world = World::chatting(model.provider(), patient()).await;
    let writing = async {
        let talk = model.talk().await;
        talk.say("Hay").await;
        talk
    };
    let body = streamed("What do rabbits eat?");
    let (mut stream, talk) = tokio::join!(Stream::ask(&world, &body), writing);
    assert_eq!(stream.chunk().await["choices"][0]["delta"]["role"], "assistant");
    drop(stream);
    talk.hung_up().await;
}

/// Asks, and hangs up as soon as the model was asked; answers what it was asked, if it was. It has not said a word.
async fn hang_up(world: &World, model: &mut Model, body: &Value) -> Option<Value> {
    let talk = tokio::select! {
        _ = Stream::ask(world, body) => return None,
        talk = model.talk() => talk,
    };
    let freed = tokio::time::timeout(PROMPT, talk.hung_up()).await;
    assert!(freed.is_ok(), "the provider is kept waiting");
    Some(talk.asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_before_the_first_word_frees_the_provider() {
    let mut model = Model::start().await;
    let world = World::chatting(model.provider(), patient()).await;
    for body in [streamed("What do rabbits eat?"), question("What do rabbits eat?")] {
        assert!(hang_up(&world, &mut model, &body).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_gets_back_what_was_reserved() {
    let mut model = Model::start().await;
    let provider = model.provider();
    let options = Options { no_seed: true, rate_limit: Some(1_000), ..Options::ephemeral() };
    let slow = |wiring: &mut Wiring| (wiring.chat_provider, wiring.chat_patience) = (provider, patient());
    let world = World::rewired(options, slow).await;
    let mut body = streamed("What do rabbits eat?");
    body["maxTokens"] = json!(4_096);
    // Together they reserve more than a day has.
    for _ in 0..13 {
        hang_up(&world, &mut model, &body).await;
    }
    let whole = async {
        while hang_up(&world, &mut model, &body).await.is_none_or(|asked| asked["max_tokens"] != 4_096) {}
    };
    soon("a whole answer to fit into the day", whole).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_streams_too() {
    let world = World::bare().await;
    let mut body = streamed("How do I trim my dog's nails?");
    body["maxTokens"] = json!(20);
    let mut stream = Stream::ask(&world, &body).await;
    let (mut text, mut chunks) = (String::new(), 0);
    let last = loop {
        let chunk = stream.chunk().await;
        text.push_str(said(&chunk));
        chunks += 1;
        if !chunk["choices"][0]["finish_reason"].is_null() {
            break chunk;
        }
    };
    assert_eq!((chunks, &last["choices"][0]["finish_reason"]), (22, &json!("length")));
    assert_eq!(text.split_whitespace().count(), 20);
    assert!(stream.rest().await.ends_with("data: [DONE]\n\n"));
}
