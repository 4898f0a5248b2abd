//! Connections are used again, and only where that is safe.

use std::io::{Read, Write};
use std::sync::Arc;

use delivery::client::Client;
use domain::target::AddressPolicy;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::receiver::{Receiver, closed, request};
use crate::{Answers, client, is_success, post, responded, settings};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn sends_one_after_the_other_share_a_connection() {
    let receiver = Receiver::answering(OK).await;
    let client = client();
    for _ in 0..100 {
        assert_eq!(post(&client, &receiver.url()).await.outcome, responded(200, "ok"));
    }
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s7_a_thousand_sends_make_no_more_connections_than_run_at_once() {
    let receiver = Receiver::answering(OK).await;
    let client = client();
    join_all((0..8).map(async |_| {
        for _ in 0..125 {
            assert!(is_success(&post(&client, &receiver.url()).await));
        }
    }))
    .await;
    assert!(receiver.accepted() <= 8, "{}", receiver.accepted());
}

#[tokio::test]
async fn x1_one_lookup_per_connection_so_that_none_can_be_led_elsewhere_later() {
    let receiver = Receiver::answering(OK).await;
    let resolver = Answers::new([&["127.0.0.1"], &["127.0.0.9"], &[]]);
    let client = Client::new(settings(AddressPolicy::Any, Arc::clone(&resolver) as _));
    for _ in 0..3 {
        assert!(is_success(&post(&client, &receiver.url_at("http", "shop.example.com")).await));
    }
    assert_eq!((receiver.accepted(), resolver.left()), (1, 2));
}

#[tokio::test]
async fn a_connection_serves_one_origin() {
    let receiver = Receiver::answering(OK).await;
    let client = client();
    for host in ["one.example.com", "two.example.com", "one.example.com"] {
        assert!(is_success(&post(&client, &receiver.url_at("http", host)).await));
    }
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn a_connection_that_ended_meanwhile_is_replaced_in_silence() {
    let (sender, mut ends) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            request(&mut stream).await.unwrap();
            stream.write_all(OK.as_bytes()).await.unwrap();
            drop(stream);
            sender.send(()).unwrap();
        }
    })
    .await;
    let client = client();
    for _ in 0..50 {
        assert_eq!(post(&client, &receiver.url()).await.outcome, responded(200, "ok"));
        ends.recv().await.unwrap();
    }
    assert_eq!(receiver.accepted(), 50);
}

/// A frozen function runs nothing while the world goes on: this thread, with all its tasks at rest, stands still
/// while the receiver closes.
#[tokio::test]
async fn a_connection_that_ended_while_the_function_was_frozen_is_replaced_too() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (freeze, frozen) = std::sync::mpsc::channel();
    let (thaw, thawed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer_blocking(stream.unwrap(), &frozen);
            thaw.send(()).unwrap();
        }
    });
    let client = client();
    for _ in 0..50 {
        assert_eq!(post(&client, &url).await.outcome, responded(200, "ok"));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        freeze.send(()).unwrap();
        thawed.recv().unwrap();
    }
}

/// Answers one request and closes when told to.
fn answer_blocking(mut stream: std::net::TcpStream, close: &std::sync::mpsc::Receiver<()>) {
    let mut request = Vec::new();
    while !request.ends_with(b"hello") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    stream.write_all(OK.as_bytes()).unwrap();
    close.recv().unwrap();
}

#[tokio::test]
async fn a_request_that_may_have_arrived_is_not_sent_twice() {
    let (sender, mut requests) = mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            request(&mut stream).await.unwrap();
            stream.write_all(OK.as_bytes()).await.unwrap();
            sender.send(request(&mut stream).await.is_some()).unwrap();
        }
    })
    .await;
    let client = client();
    assert!(is_success(&post(&client, &receiver.url()).await));
    assert!(!is_success(&post(&client, &receiver.url()).await));
    assert_eq!((requests.recv().await, receiver.accepted()), (Some(true), 1));
}

#[tokio::test]
async fn a_connection_said_to_end_or_not_read_to_its_end_is_not_kept() {
    for answer in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\nok",
    ] {
        let receiver = Receiver::start(move |mut stream| async move {
            request(&mut stream).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            closed(&mut stream).await;
        })
        .await;
        let client = client();
        assert!(is_success(&post(&client, &receiver.url()).await));
        assert!(is_success(&post(&client, &receiver.url()).await));
        assert_eq!(receiver.accepted(), 2, "{answer}");
    }
}
