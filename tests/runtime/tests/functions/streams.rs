//! The chat's second door: a Function URL that streams. The same binary, told so by `CHAT_DOOR`.

use runtime::events::HttpEvent;
use runtime::process::Bootstrap;
use runtime::stack::Stack;
use runtime::{Result, binaries};
use serde_json::{Value as Json, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_streams_through_its_url() {
    run().await.unwrap();
}

async fn run() -> Result<()> {
    let stack = Stack::start(binaries::workspace()).await?;
    let mut program = stack.program("chat")?;
    program.environment.insert("CHAT_DOOR".to_owned(), "stream".to_owned());
    let chat = Bootstrap::start(&program).await?;

    let answer = chat.invoke(ask()?.header("authorization", &stack.authorization()?).json()).await?;
    assert_eq!(
        (&answer["statusCode"], &answer["headers"]["content-type"]),
        (&json!(201), &json!("text/event-stream; charset=utf-8"))
    );
    let text = answer["body"].as_str().unwrap_or_default();
    assert!(text.starts_with("data: {") && text.ends_with("\n\ndata: [DONE]\n\n"), "{text}");
    assert!(text.matches("\n\n").count() > 20, "{text}");

    let refused = chat.invoke(ask()?.json()).await?;
    assert_eq!(refused["statusCode"], 401);
    let problem: Json = serde_json::from_str(refused["body"].as_str().unwrap_or_default())?;
    assert_eq!(problem["status"], 401);
    Ok(())
}

fn ask() -> Result<HttpEvent> {
    let body =
        json!({"stream": true, "messages": [{"role": "USER", "content": "What should I feed my rabbit?"}]});
    Ok(HttpEvent::new("POST", "$default", "/v1/chat/completions")?.body(&body))
}
