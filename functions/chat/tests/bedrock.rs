//! The provider for Amazon Bedrock, against a server on loopback that speaks its JSON and its event stream
//! (`cargo test -p chat --features bedrock`).
#![cfg(feature = "bedrock")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::{Arc, Mutex};

use chat::provider::{Bedrock, End, Finish, Models, Piece, Provider, Refusal, Silent, Usage};
use chat::{Ask, Message, Model, Role};
use futures_util::StreamExt;
use platform::aws::AwsConfig;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server was asked: the request's first line, and its body.
type Asked = Arc<Mutex<Option<(String, Value)>>>;

/// A provider whose only server answers once: `head`, then `body`, then the connection closes.
async fn provider(head: &str, body: Vec<u8>) -> (Provider, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let asked = Asked::default();
    let (told, head) = (Arc::clone(&asked), format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n"));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            *told.lock().unwrap() = Some(read(&mut socket).await);
            socket.write_all(head.as_bytes()).await.unwrap();
            socket.write_all(&body).await.unwrap();
        }
    });
    let models = Models { advisor: "eu.large".to_owned(), turbo: "small".to_owned() };
    (Provider::Bedrock(Bedrock::new(&AwsConfig::emulator(endpoint), models)), asked)
}

async fn read(socket: &mut TcpStream) -> (String, Value) {
    let mut text = Vec::new();
    loop {
        let mut buffer = [0; 4_096];
        let count = socket.read(&mut buffer).await.unwrap();
        text.extend_from_slice(&buffer[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = whole.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str(body)
        {
            return (head.lines().next().unwrap().to_owned(), body);
        }
        assert!(count > 0, "the request ends too early");
    }
}

fn ask(stream: bool) -> Ask {
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    let messages = vec![message(Role::System, "Be brief."), message(Role::User, "My cat sneezes.")];
    Ask { messages, model: Model::Advisor1, stream, max_tokens: 77, temperature: Some(1.5) }
}

async fn heard(provider: &Provider, stream: bool) -> Vec<Result<Piece, Silent>> {
    let mut pieces = provider.begin(&ask(stream)).await.unwrap();
    let mut heard = Vec::new();
    loop {
        let piece = pieces.next().await.unwrap();
        let is_last = !matches!(piece, Ok(Piece::Text(_)));
        heard.push(piece);
        if is_last {
            return heard;
        }
    }
}

fn said(text: &str) -> Result<Piece, Silent> {
    Ok(Piece::Text(text.to_owned()))
}

/// One message of an event stream
/// (<https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream>).
fn event(kind: &str, payload: &Value) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in
        [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")]
    {
        headers.push(u8::try_from(name.len()).unwrap());
        headers.extend(name.as_bytes());
        headers.push(7);
        headers.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend(value.as_bytes());
    }
    let payload = payload.to_string();
    let total = 16 + headers.len() + payload.len();
    let mut message = u32::try_from(total).unwrap().to_be_bytes().to_vec();
    message.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend(crc32(&message).to_be_bytes());
    message.extend(headers);
    message.extend(payload.as_bytes());
    message.extend(crc32(&message).to_be_bytes());
    message
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(u32::MAX, step)
}

fn delta(text: &str) -> Vec<u8> {
    event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": text}}))
}

#[tokio::test]
async fn a_whole_answer_is_read() {
    let answer = json!({"output": {"message": {"role": "assistant", "content": [{"text": "Keep "}, {"text": "calm."}]}},
                        "stopReason": "max_tokens", "metrics": {"latencyMs": 5},
                        "usage": {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12}});
    let (provider, asked) =
        provider("200 OK\r\ncontent-type: application/json", answer.to_string().into_bytes()).await;
    let end = Piece::End(End { finish: Finish::Length, usage: Some(Usage { prompt: 9, completion: 3 }) });
    assert_eq!(heard(&provider, false).await, [said("Keep calm."), Ok(end)]);
    let (line, body) = asked.lock().unwrap().clone().unwrap();
    assert_eq!(line, "POST /model/eu.large/converse HTTP/1.1");
    assert_eq!(body["messages"], json!([{"role": "user", "content": [{"text": "My cat sneezes."}]}]));
    assert_eq!(
        (&body["system"][1]["text"], &body["inferenceConfig"]),
        (&json!("Be brief."), &json!({"maxTokens": 77, "temperature": 1.0}))
    );
}

#[tokio::test]
async fn a_stream_is_read_as_it_comes() {
    let frames = [
        event("messageStart", &json!({"role": "assistant"})),
        delta("Keep"),
        delta(" calm."),
        event("contentBlockStop", &json!({"contentBlockIndex": 0})),
        event("messageStop", &json!({"stopReason": "end_turn"})),
        event(
            "metadata",
            &json!({"usage": {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11}, "metrics": {"latencyMs": 5}}),
        ),
    ];
    let (provider, asked) =
        provider("200 OK\r\ncontent-type: application/vnd.amazon.eventstream", frames.concat()).await;
    let end = Piece::End(End { finish: Finish::Stop, usage: Some(Usage { prompt: 9, completion: 2 }) });
    assert_eq!(heard(&provider, true).await, [said("Keep"), said(" calm."), Ok(end)]);
    assert_eq!(asked.lock().unwrap().clone().unwrap().0, "POST /model/eu.large/converse-stream HTTP/1.1");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_answer() {
    let (provider, _) =
        provider("200 OK\r\ncontent-type: application/vnd.amazon.eventstream", delta("Keep")).await;
    let heard = heard(&provider, true).await;
    assert!(heard.len() == 2 && heard[1].is_err(), "{heard:?}");
}

#[tokio::test]
async fn refusals_say_whether_asking_again_makes_sense() {
    for (status, code, is_final) in [
        ("400 Bad Request", "ValidationException", true),
        ("403 Forbidden", "AccessDeniedException", false),
        ("429 Too Many Requests", "ThrottlingException", false),
        ("503 Service Unavailable", "ServiceUnavailableException", false),
    ] {
        let head = format!("{status}\r\ncontent-type: application/json\r\nx-amzn-errortype: {code}");
        let body = json!({"message": "My cat sneezes."}).to_string().into_bytes();
        for stream in [false, true] {
            let (provider, _) = provider(&head, body.clone()).await;
            let refusal = provider.begin(&ask(stream)).await.err().unwrap();
            assert_eq!(matches!(refusal, Refusal::Messages(_)), is_final, "{code}: {refusal}");
            assert!(
                !refusal.to_string().contains("sneezes") && refusal.to_string().contains(code),
                "{refusal}"
            );
        }
    }
}
