//! What a function refuses, and what it says of itself when it cannot start.

use runtime::events::{HttpEvent, Message, queue_event};
use runtime::process::{Bootstrap, StartError};
use runtime::stack::Stack;
use runtime::{Result, binaries};
use serde_json::json;

use crate::running::Functions;

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_wrong_methods_are_problems() {
    let mut functions = Functions::start().await.unwrap();
    let unknown = HttpEvent::new("GET", "$default", "/v1/dragons").unwrap();
    let answer = functions.expect("fallback", &unknown, 404).await.unwrap();
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.body["status"], 404);
    let wrong = HttpEvent::new("PUT", "ANY /v1/orders", "/v1/orders").unwrap();
    let answer = functions.expect("orders", &wrong, 405).await.unwrap();
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")), "{:?}", answer.headers);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_message_comes_back_alone() {
    let mut functions = Functions::start().await.unwrap();
    let message = |id: &str, body: &str| Message {
        id: id.to_owned(),
        body: body.to_owned(),
        receipt: format!("receipt-{id}"),
        receives: 1,
    };
    // The second names a delivery that does not exist: nothing is to be done, which is no fault.
    let gone = runtime::events::sample("deliveries").unwrap()["Records"][1]["body"].clone();
    let gone = gone.as_str().unwrap_or_default();
    let event = queue_event(&[message("broken", "not a message"), message("gone", gone)]).unwrap();
    let answer = functions.invoke("delivery", &event).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([{"itemIdentifier": "broken"}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_without_a_setting_names_it_and_fails() {
    let stack = Stack::start(binaries::workspace()).await.unwrap();
    for (function, variable) in [
        ("orders", "TABLE_NAME"),
        ("orders", "MASTER_KEY"),
        ("payments", "PROVIDER"),
        ("chat", "CHAT_PROVIDER"),
        ("chat", "CHAT_BUDGET"),
        ("events", "DELIVERIES_QUEUE_URL"),
        ("delivery", "SLOW_QUEUE_URL"),
        ("sweeper", "TICKS_QUEUE_URL"),
    ] {
        let error = start_without(&stack, function, variable).await.unwrap();
        let code = error.end.and_then(|end| end.code());
        assert!(code.is_some_and(|code| code != 0), "{function} without {variable}: {error}");
        assert!(error.log.contains(variable), "{function} without {variable}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn d9_a_queue_that_shows_a_message_again_while_it_is_sent_is_refused() {
    let stack = Stack::start(binaries::workspace()).await.unwrap();
    for (timeout, visibility, named) in [
        ("15", "19", "QUEUE_VISIBILITY_SECS"),
        ("5", "9", "QUEUE_VISIBILITY_SECS"),
        ("16", "180", "DELIVERY_TIMEOUT_SECS"),
    ] {
        let mut program = stack.program("delivery").unwrap();
        for (name, value) in [("DELIVERY_TIMEOUT_SECS", timeout), ("QUEUE_VISIBILITY_SECS", visibility)] {
            assert!(program.environment.insert(name.to_owned(), value.to_owned()).is_some(), "{name}");
        }
        let error = Bootstrap::start(&program).await.unwrap_err().downcast::<StartError>().unwrap();
        assert!(error.log.contains(named), "{timeout} s, {visibility} s: {error}");
    }
}

async fn start_without(stack: &Stack, function: &str, variable: &str) -> Result<StartError> {
    let mut program = stack.program(function)?;
    let removed = program.environment.remove(variable);
    assert!(removed.is_some(), "the template gives {function} no {variable}");
    match Bootstrap::start(&program).await {
        Ok(_) => Err(format!("{function} starts without {variable}").into()),
        Err(error) => Ok(*error.downcast::<StartError>()?),
    }
}
