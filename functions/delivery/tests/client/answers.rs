//! What is made of an answer, or of none.

use std::time::{Duration, Instant};

use delivery::client::{FailureKind, Outcome, RetryAfter};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::receiver::{Receiver, closed, request};
use crate::{client, hasty_client, is_success, post, responded};

#[tokio::test]
async fn a_receiver_gets_the_request_as_it_was_given() {
    let (sender, mut requests) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            sender.send(request(&mut stream).await).unwrap();
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            closed(&mut stream).await;
        }
    })
    .await;
    let answer = post(&client(), &receiver.url()).await;
    assert_eq!(answer.outcome, responded(202, "ok"));
    assert!(is_success(&answer));
    let host = receiver.url().split('/').nth(2).unwrap().to_owned();
    let text = format!(
        "POST /hook?a=b HTTP/1.1\r\ncontent-type: text/plain\r\nhost: {host}\r\ncontent-length: 5\r\n\r\nhello"
    );
    assert_eq!(requests.recv().await.unwrap(), Some(text));
}

#[tokio::test]
async fn other_statuses_are_answers_too() {
    let receiver =
        Receiver::answering("HTTP/1.1 503 Busy\r\nretry-after: 120\r\ncontent-length: 4\r\n\r\nbusy").await;
    let answer = post(&client(), &receiver.url()).await;
    let retry_after = Some(RetryAfter::Seconds(120));
    let body = b"busy".to_vec();
    assert_eq!(answer.outcome, Outcome::Responded { status: 503, retry_after, body, body_truncated: false });
    assert!(!is_success(&answer));
}

#[tokio::test]
async fn x2_redirects_are_failures_and_never_followed() {
    let inside = Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for status in [301, 302, 303, 307, 308] {
        let location = inside.url();
        let receiver = Receiver::start(move |mut stream| {
            let location = location.clone();
            async move {
                request(&mut stream).await.unwrap();
                let head =
                    format!("HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                closed(&mut stream).await;
            }
        })
        .await;
        assert_eq!(post(&client(), &receiver.url()).await.outcome, responded(status, ""));
    }
    assert_eq!(inside.accepted(), 0);
}

#[tokio::test]
async fn s2_an_endless_body_neither_fails_nor_holds_a_delivery() {
    let (sender, mut ends) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |stream| {
        let sender = sender.clone();
        async move {
            drip(stream).await;
            sender.send(()).unwrap();
        }
    })
    .await;
    // That its body is read for a second is told in body.rs, by a clock that is ours. Told here is the head's time.
    let started = Instant::now();
    let answer = post(&client(), &receiver.url()).await;
    let whole_ms = started.elapsed().as_millis();
    assert!(
        is_success(&answer) && u128::from(answer.duration_ms) + 1_000 <= whole_ms,
        "{answer:?} in {whole_ms} ms"
    );
    assert!(matches!(answer.outcome, Outcome::Responded { body_truncated: true, .. }));
    ends.recv().await.unwrap();
}

/// Sends a byte now and then until the other end hangs up.
async fn drip(mut stream: TcpStream) {
    request(&mut stream).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    let mut interval = tokio::time::interval(Duration::from_millis(20));
    while stream.write_all(b"1\r\n.\r\n").await.is_ok() {
        interval.tick().await;
    }
}

#[tokio::test]
async fn s3_a_huge_body_is_cut_off() {
    let (sender, mut sent) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |stream| {
        let sender = sender.clone();
        async move { sender.send(pour(stream).await).unwrap() }
    })
    .await;
    let answer = post(&client(), &receiver.url()).await;
    let Outcome::Responded { status: 200, body, body_truncated: true, .. } = answer.outcome else {
        panic!("{answer:?}");
    };
    assert_eq!(body.len(), 4_096);
    // What the client did not read (body.rs counts that) fits into the buffers of the two sockets.
    assert!(sent.recv().await.unwrap() < 20_000_000);
}

/// Sends 100 MB as fast as they are taken; how many were.
async fn pour(mut stream: TcpStream) -> usize {
    request(&mut stream).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n").await.unwrap();
    let piece = vec![b'.'; 10_000];
    let mut sent = 0;
    while sent < 100_000_000 && stream.write_all(&piece).await.is_ok() {
        sent += piece.len();
    }
    sent
}

#[tokio::test]
async fn silence_is_a_timeout_and_frees_the_socket() {
    let (sender, mut ends) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            closed(&mut stream).await;
            sender.send(()).unwrap();
        }
    })
    .await;
    let answer = post(&hasty_client(), &receiver.url()).await;
    assert_eq!(answer.outcome, Outcome::Failed(FailureKind::Timeout));
    assert!(answer.duration_ms >= 200);
    ends.recv().await.unwrap();
}

#[tokio::test]
async fn s2_a_head_that_drips_is_a_timeout() {
    let receiver = Receiver::start(|mut stream| async move {
        let mut interval = tokio::time::interval(Duration::from_millis(20));
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_ok() {
            interval.tick().await;
        }
    })
    .await;
    assert_eq!(post(&hasty_client(), &receiver.url()).await.outcome, Outcome::Failed(FailureKind::Timeout));
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(post(&client(), &url).await.outcome, Outcome::Failed(FailureKind::Connect));
}
