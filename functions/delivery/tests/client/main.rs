//! The HTTP client against receivers that behave well, badly and maliciously: real sockets on 127.0.0.1.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod addresses;
mod answers;
mod heads;
mod receiver;
mod reuse;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use delivery::client::{Answer, Client, Outcome, Resolve, Settings, Unresolved};
use domain::target::{AddressPolicy, TargetUrl};
use futures_util::future::{BoxFuture, ready};
use http::{HeaderMap, HeaderValue};

/// A resolver with a list of answers, one for each lookup; the last one stays.
struct Answers(Mutex<Vec<Result<Vec<IpAddr>, Unresolved>>>);

impl Answers {
    fn new<const N: usize>(answers: [&[&str]; N]) -> Arc<Self> {
        let parse = |texts: &[&str]| match texts {
            [] => Err(Unresolved),
            texts => Ok(texts.iter().map(|text| text.parse().unwrap()).collect()),
        };
        Arc::new(Self(Mutex::new(answers.into_iter().rev().map(parse).collect())))
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Resolve for Answers {
    fn resolve<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, Unresolved>> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() };
        Box::pin(ready(answer.unwrap()))
    }
}

/// Settings of the local stack: any address, the test's resolver.
fn settings(policy: AddressPolicy, resolver: Arc<dyn Resolve>) -> Settings {
    Settings { resolver, ..Settings::new(policy) }
}

/// A client that may go anywhere; names lead to this machine.
fn client() -> Client {
    Client::new(settings(AddressPolicy::Any, Answers::new([&["127.0.0.1"]])))
}

/// A client that gives up soon.
fn hasty_client() -> Client {
    let settings = settings(AddressPolicy::Any, Answers::new([&["127.0.0.1"]]));
    Client::new(Settings { timeout: Duration::from_millis(200), ..settings })
}

fn target(url: &str) -> TargetUrl {
    TargetUrl::parse(url, AddressPolicy::Any, &[]).unwrap()
}

async fn post(client: &Client, url: &str) -> Answer {
    let headers =
        HeaderMap::from_iter([("content-type".parse().unwrap(), HeaderValue::from_static("text/plain"))]);
    client.post(&target(url), headers, Bytes::from_static(b"hello")).await
}

/// Whether the receiver answered with any 2xx.
fn is_success(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Responded { status: 200..=299, .. })
}

/// An answer whose whole body arrived.
fn responded(status: u16, body: &str) -> Outcome {
    Outcome::Responded { status, retry_after: None, body: body.into(), body_truncated: false }
}
