//! Heads that are no HTTP, or only just: nothing a receiver sends may bring the worker down (delivery.md X16).

use std::sync::{Arc, Mutex};

use delivery::client::{FailureKind, Outcome};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Builder;

use crate::receiver::{Receiver, request};
use crate::{client, post};

const PROTOCOL: Outcome = Outcome::Failed(FailureKind::Protocol);

/// What comes of an answer that consists of `bytes` and then ends.
async fn outcome_of(bytes: &[u8]) -> Outcome {
    let bytes = bytes.to_vec();
    let receiver = Receiver::start(move |stream| say(stream, bytes.clone())).await;
    post(&client(), &receiver.url()).await.outcome
}

async fn say(mut stream: tokio::net::TcpStream, bytes: Vec<u8>) {
    if request(&mut stream).await.is_some() && stream.write_all(&bytes).await.is_ok() {
        // Whether the client is still there to hear the end is not what is tested.
        stream.shutdown().await.ok();
    }
}

#[tokio::test]
async fn what_is_no_http_is_a_protocol_failure() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1_000));
    for bytes in [
        &b""[..],
        b"\r\n",
        b"\0\0\0\0",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx\xe9: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: \0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        long.as_bytes(),
        many.as_bytes(),
    ] {
        assert_eq!(
            outcome_of(bytes).await,
            PROTOCOL,
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(60)])
        );
    }
}

#[tokio::test]
async fn x16_bytes_beyond_ascii_are_just_bytes() {
    for bytes in [
        &b"HTTP/1.1 200 \xff\xfe\r\ncontent-length: 0\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nx-name: caf\xe9 \xf0\x9f\x90\xb1\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nretry-after: \xff\xff\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
    ] {
        let outcome = outcome_of(bytes).await;
        let is_plain = matches!(outcome, Outcome::Responded { status: 200, retry_after: None, .. });
        assert!(is_plain, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_body_that_ends_early_leaves_the_head_standing() {
    let outcome = outcome_of(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    assert!(matches!(outcome, Outcome::Responded { status: 200, body_truncated: true, .. }), "{outcome:?}");
}

/// Heads made of pieces of real ones and of noise; each ends in an answer or in a failure, never in a panic.
#[test]
fn x16_no_head_brings_the_client_down() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let saying = Arc::clone(&said);
    let receiver =
        runtime.block_on(Receiver::start(move |stream| say(stream, saying.lock().unwrap().clone())));
    let client = client();
    let piece = prop_oneof![
        Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
        Just(b"retry-after: ".to_vec()),
        Just(b"content-length: 3\r\n".to_vec()),
        Just(b"transfer-encoding: chunked\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    let head = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(300) });
    let result = runner.run(&head, |head| {
        *said.lock().unwrap() = head;
        let outcome = runtime.block_on(post(&client, &receiver.url())).outcome;
        prop_assert!(outcome == PROTOCOL || matches!(outcome, Outcome::Responded { .. }), "{outcome:?}");
        Ok(())
    });
    result.unwrap();
}
