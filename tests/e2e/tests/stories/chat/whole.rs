//! Answers as one JSON object, and what is refused.

use domain::Scope;
use domain::caller::Permissions;
use e2e::{Api, World, code};
use local::seed::staff_of;
use platform::clock;
use serde_json::{Value, json};
use web::token::{Grant, mint};

use crate::chat::model::{Model, patient};
use crate::chat::{PATH, question};

fn content(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_with_its_source() {
    let world = World::bare().await;
    let reply = world.staff().post(PATH, &question("What should I feed my rabbit?")).await;
    assert_eq!(reply.status, 201);
    let answer = reply.json();
    assert!(content(&answer).contains("(care-guide/rabbit-diet)"), "{answer}");
    assert_eq!(answer["choices"][0]["finishReason"], "STOP");
    let usage = |name: &str| answer["usage"][name].as_u64().unwrap();
    assert_eq!(usage("promptTokens"), 6);
    assert_eq!(usage("totalTokens"), usage("promptTokens") + usage("completionTokens"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on() {
    let world = World::bare().await;
    let body = json!({"model": "pet-advisor-turbo", "messages": [
        {"role": "user", "content": "I have a bearded dragon."},
        {"role": "assistant", "content": "What would you like to know?"},
        {"role": "user", "content": "What does it eat?"},
    ]});
    let answer = world.staff().post(PATH, &body).await.json();
    assert!(content(&answer).contains("care-guide/reptile-lizard-feeding"), "{answer}");
    assert_eq!(answer["model"], "PET_ADVISOR_TURBO");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_comes_first_and_the_unknown_is_said() {
    let world = World::bare().await;
    let ask = async |text| content(&world.staff().post(PATH, &question(text)).await.json()).to_owned();
    assert!(ask("My dog ate chocolate!").await.starts_with("Call a vet now"));
    assert!(ask("What is the capital of France?").await.starts_with("I do not know."));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_ends_where_it_must() {
    let world = World::bare().await;
    let mut body = question("What should I feed my rabbit?");
    body["maxTokens"] = json!(5);
    let answer = world.staff().post(PATH, &body).await.json();
    assert_eq!(
        (&answer["choices"][0]["finishReason"], &answer["usage"]["completionTokens"]),
        (&json!("LENGTH"), &json!(5))
    );
    assert_eq!(content(&answer).split_whitespace().count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_model_is_told_what_it_needs_to_know() {
    let mut model = Model::start().await;
    let world = World::chatting(model.provider(), patient()).await;
    let (staff, body) = (world.staff(), question("What do rabbits eat?"));
    let writing = async {
        let talk = model.talk().await;
        talk.say("Hay.").await;
        let asked = talk.asked.clone();
        talk.finish("content_filter").await;
        asked
    };
    let (reply, asked) = tokio::join!(staff.post(PATH, &body), writing);
    let choice = &reply.json()["choices"][0];
    assert_eq!(
        (&choice["message"]["content"], &choice["finishReason"]),
        (&json!("Hay."), &json!("CONTENT_FILTER"))
    );
    assert_eq!(asked["messages"][1], json!({"role": "user", "content": "What do rabbits eat?"}));
    assert_eq!((&asked["max_tokens"], &asked["stream"]), (&json!(1_024), &json!(true)));
    assert!(!asked.to_string().contains("019b4138"), "who asks is nobody's business: {asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let world = World::bare().await;
    let staff = world.staff();
    for (body, field) in [
        (json!({}), "messages"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": [{"role": "SYSTEM", "content": "Be kind."}]}), "messages"),
        (json!({"messages": [{"role": "robot", "content": "Hi"}]}), "messages[0].role"),
        (json!({"messages": [{"role": "USER", "content": "Hi"}], "maxTokens": 0}), "maxTokens"),
        (json!({"messages": [{"role": "USER", "content": "Hi"}], "maxTokens": 4097}), "maxTokens"),
        (json!({"messages": [{"role": "USER", "content": "Hi"}], "temperature": 2.1}), "temperature"),
        (json!({"messages": [{"role": "USER", "content": "Hi"}], "model": "gpt-4"}), "model"),
        (json!({"messages": [{"role": "USER", "content": "Hi"}], "stop": ["x"]}), "stop"),
    ] {
        let reply = staff.post(PATH, &body).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["errors"][0]["field"]),
            (422, &json!(field)),
            "{body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_is_for_those_who_hold_its_scope() {
    let world = World::bare().await;
    assert_eq!(world.guest().post(PATH, &question("Hi")).await.status, 401);
    assert_eq!(world.user(Scope::Shared).await.post(PATH, &question("Hi")).await.status, 201);
    assert_eq!(world.tenant_staff().post(PATH, &question("Hi")).await.status, 201);
    let grant = Grant {
        user: staff_of(Scope::Shared),
        scope: Scope::Shared,
        permissions: Permissions::parse("read:pets write:orders"),
        id: clock::fresh_id(),
        issued_at: clock::now(),
        lifetime_secs: 60,
        session: None,
    };
    let keys = local::functions::keys(world.local.wiring()).unwrap();
    let token = mint(&keys, world.local.base_url(), &grant).unwrap();
    let reply = Api(world.guest().0.with_token(&token)).post(PATH, &question("Hi")).await;
    assert_eq!((reply.status.as_u16(), code(&reply).as_str()), (403, ""));
}
