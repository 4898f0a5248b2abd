//! The provider that speaks OpenAI's protocol, against a server on loopback that does what servers do.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod server;

use chat::provider::{End, Finish, Models, OpenAi, Piece, Provider, Refusal, Silent, Usage};
use chat::{Ask, Message, Model, Patience, Role};
use futures_util::StreamExt;
use serde_json::json;

use server::{Server, Step, data, finish, head, text};

const KEY: &str = "sk-proj-4eC39HqLyjWDarjtT1zdp7dc";

fn provider(base_url: &str) -> Provider {
    let models = Models { advisor: "large".to_owned(), turbo: "small".to_owned() };
    Provider::OpenAi(OpenAi::new(base_url, Some(KEY), models))
}

fn ask() -> Ask {
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    let messages = vec![message(Role::System, "Be brief."), message(Role::User, "My cat sneezes.")];
    Ask { messages, model: Model::Turbo, stream: true, max_tokens: 77, temperature: Some(0.5) }
}

/// Everything the provider says when the server plays `script`.
async fn heard(script: Vec<Step>) -> (Vec<Result<Piece, Silent>>, Server) {
    let server = Server::playing(script).await;
    let mut pieces = provider(&server.base_url()).begin(&ask()).await.unwrap();
    let mut heard = Vec::new();
    loop {
        let piece = pieces.next().await.unwrap();
        let is_last = !matches!(piece, Ok(Piece::Text(_)));
        heard.push(piece);
        if is_last {
            return (heard, server);
        }
    }
}

async fn refusal(status: &str) -> Refusal {
    let body = Step::Send(json!({"error": {"message": "My cat sneezes.", "code": "x"}}).to_string());
    let server = Server::playing(vec![head(status), body]).await;
    provider(&server.base_url()).begin(&ask()).await.err().unwrap()
}

fn said(text: &str) -> Result<Piece, Silent> {
    Ok(Piece::Text(text.to_owned()))
}

fn ended(finish: Finish, usage: Option<Usage>) -> Result<Piece, Silent> {
    Ok(Piece::End(End { finish, usage }))
}

#[tokio::test]
async fn an_answer_comes_in_pieces_with_its_usage() {
    let usage =
        r#"{"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}}"#;
    let script = vec![
        head("200 OK"),
        Step::Send(": hello\n\nevent: x\n".to_owned()),
        text(""),
        text("Keep"),
        text(" calm."),
        finish("stop"),
        data(usage),
        data("[DONE]"),
    ];
    let (heard, server) = heard(script).await;
    let usage = Usage { prompt: 9, completion: 2 };
    assert_eq!(heard, [said("Keep"), said(" calm."), ended(Finish::Stop, Some(usage))]);
    let (head, body) = server.asked();
    assert!(head.starts_with("post /v1/chat/completions http/1.1"), "{head}");
    assert!(head.contains(&format!("authorization: bearer {}", KEY.to_ascii_lowercase())));
    assert_eq!(
        (&body["model"], &body["max_tokens"], &body["stream"]),
        (&json!("small"), &json!(77), &json!(true))
    );
    assert_eq!(body["temperature"], json!(0.5));
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(
        messages[1..],
        [
            json!({"role": "system", "content": "Be brief."}),
            json!({"role": "user", "content": "My cat sneezes."})
        ]
    );
    assert_eq!(messages[0]["role"], "system");
}

#[tokio::test]
async fn reasons_are_told_apart() {
    for (reason, expected) in
        [("length", Finish::Length), ("content_filter", Finish::Filtered), ("tool_calls", Finish::Stop)]
    {
        let (heard, _) = heard(vec![head("200 OK"), text("a"), finish(reason), data("[DONE]")]).await;
        assert_eq!(heard[1], ended(expected, None), "{reason}");
    }
}

#[tokio::test]
async fn a_line_cut_anywhere_is_put_together_again() {
    let Step::Send(line) = text("süß") else { unreachable!() };
    let at = line.find("ü").unwrap();
    let halves = [line[..at].to_owned(), line[at..].to_owned()].map(Step::Send);
    let [first, second] = halves;
    let (heard, _) = heard(vec![head("200 OK"), first, second, data("[DONE]")]).await;
    assert_eq!(heard[0], said("süß"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let (heard, _) = heard(vec![head("200 OK"), text("a")]).await;
    assert!(heard.len() == 2 && heard[1].is_err(), "{heard:?}");
}

#[tokio::test]
async fn all_was_said_even_if_nothing_follows_the_end() {
    let (heard, _) = heard(vec![head("200 OK"), text("a"), finish("stop"), Step::Hang]).await;
    assert_eq!(heard[1], ended(Finish::Stop, None));
}

#[tokio::test]
async fn nonsense_and_late_errors_are_no_answer() {
    for nonsense in
        ["{", "hello", r#"{"error": {"message": "My cat sneezes."}}"#, r#"{"choices": [{"delta": 7}]}"#]
    {
        let (heard, _) = heard(vec![head("200 OK"), text("a"), data(nonsense), data("[DONE]")]).await;
        let error = heard[1].clone().unwrap_err().to_string();
        assert!(!error.contains("sneezes"), "{error}");
    }
    let endless = Step::Send("x".repeat(300 * 1024));
    let (heard, _) = heard(vec![head("200 OK"), endless, Step::Hang]).await;
    assert!(heard[0].is_err());
}

#[tokio::test]
async fn refusals_say_whether_asking_again_makes_sense() {
    for status in ["400 Bad Request", "413 Content Too Large", "422 Unprocessable Content"] {
        assert!(matches!(refusal(status).await, Refusal::Messages(_)), "{status}");
    }
    for status in ["401 Unauthorized", "404 Not Found", "429 Too Many Requests", "500 Oops", "302 Found"] {
        let Refusal::Silent(silent) = refusal(status).await else { panic!("{status}") };
        let said = silent.to_string();
        assert!(!said.contains("sneezes") && !said.contains(KEY), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_silent() {
    for base_url in ["http://127.0.0.1:1/v1", "http://example.com/v1", "nonsense"] {
        assert!(matches!(provider(base_url).begin(&ask()).await, Err(Refusal::Silent(_))), "{base_url}");
    }
}

#[test]
fn a_provider_that_is_printed_keeps_its_key() {
    assert!(!format!("{:?}", provider("https://example.com")).contains(KEY));
    assert!(Patience::buffered().whole < std::time::Duration::from_secs(29));
}
