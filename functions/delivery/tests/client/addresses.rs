//! Where connections may go (delivery.md X1-X8). The targets are parsed under the local policy, so that it is
//! the client that refuses them: what was parsed in one place must not be believed in another.

use std::net::IpAddr;
use std::sync::Arc;

use delivery::client::{Client, FailureKind, Outcome, Resolve, Settings, SystemResolver, Unresolved};
use domain::target::{AddressPolicy, is_public};

use crate::receiver::Receiver;
use crate::{Answers, client, post, responded, settings};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const REFUSED: Outcome = Outcome::Failed(FailureKind::Refused);
const NOT_SENT: Outcome = Outcome::Failed(FailureKind::NotSent);

fn public_client(resolver: Arc<Answers>) -> Client {
    Client::new(settings(AddressPolicy::PublicOnly, resolver))
}

#[tokio::test]
async fn x1_a_name_that_was_public_when_registered_is_vetted_again() {
    let receiver = Receiver::answering(OK).await;
    for flips_to in ["127.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:169.254.169.254"] {
        let resolver = Answers::new([&["93.184.216.34"], &[flips_to]]);
        let at_registration = resolver.resolve("rebind.example.com").await.unwrap();
        assert!(at_registration.into_iter().all(is_public));
        let client = public_client(resolver);
        let answer = post(&client, &receiver.url_at("https", "rebind.example.com")).await;
        assert_eq!(answer.outcome, REFUSED, "{flips_to}");
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn x4_one_address_inside_refuses_the_name() {
    let receiver = Receiver::answering(OK).await;
    for addresses in [["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["2606:4700::1", "::1"]]
    {
        let client = public_client(Answers::new([&addresses]));
        assert_eq!(post(&client, &receiver.url_at("https", "mixed.example.com")).await.outcome, REFUSED);
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn our_own_ports_are_nobodys_to_call_under_any_name() {
    let receiver = Receiver::answering(OK).await;
    let port = receiver.url().split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap();
    let resolver = Answers::new([&["127.0.0.1"]]);
    let client = Client::new(Settings { own_ports: vec![port], ..settings(AddressPolicy::Any, resolver) });
    for host in
        ["127.0.0.1", "127.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "emulator.test"]
    {
        assert_eq!(post(&client, &receiver.url_at("http", host)).await.outcome, REFUSED, "{host}");
    }
    assert_eq!(receiver.accepted(), 0);
}

/// Addresses that nobody outside means the same machine by: each range of the registries at its ends, and every form in
/// which IPv6 carries IPv4.
const INSIDE: [&str; 64] = [
    "0.0.0.0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.78.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:0.0.0.0",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::10.0.0.1",
    "64:ff9b:1:ffff::1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2606:4700::5efe:a00:1",
];

#[tokio::test]
async fn x3_no_address_inside_is_dialled_whether_named_or_written() {
    let receiver = Receiver::answering(OK).await;
    for address in INSIDE {
        let by_name = public_client(Answers::new([&[address]]));
        let answer = post(&by_name, &receiver.url_at("https", "inside.example.com")).await;
        assert_eq!(answer.outcome, REFUSED, "{address} by name");
        let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        let written = public_client(Answers::new([&["93.184.216.34"]]));
        let answer = post(&written, &receiver.url_at("https", &host)).await;
        assert_eq!(answer.outcome, REFUSED, "{address} as it is written");
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn x3_other_spellings_of_an_address_are_vetted_as_that_address() {
    let receiver = Receiver::answering(OK).await;
    let client = public_client(Answers::new([&["93.184.216.34"]]));
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.0.1.",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "0",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.16689662",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
    ] {
        assert_eq!(post(&client, &receiver.url_at("https", host)).await.outcome, REFUSED, "{host}");
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn plain_http_is_refused_where_only_public_addresses_are_allowed() {
    let client = public_client(Answers::new([&["93.184.216.34"]]));
    assert_eq!(post(&client, "http://shop.example.com/").await.outcome, REFUSED);
}

#[tokio::test]
async fn x8_a_refusal_tells_nothing_about_the_address() {
    assert_eq!(FailureKind::Refused.message(), "the address is not allowed");
    assert_eq!(FailureKind::Refused.as_str(), "address_not_allowed");
}

#[tokio::test]
async fn a_name_without_addresses_is_a_dns_failure() {
    let client = Client::new(settings(AddressPolicy::Any, Answers::new([&[]])));
    let answer = post(&client, "http://gone.example.com/").await;
    assert_eq!(answer.outcome, Outcome::Failed(FailureKind::Dns));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_does_not_answer() {
    let receiver = Receiver::answering(OK).await;
    let client = Client::new(settings(AddressPolicy::Any, Answers::new([&["127.0.0.2", "127.0.0.1"]])));
    let answer = post(&client, &receiver.url_at("http", "two.example.com")).await;
    assert_eq!(answer.outcome, responded(200, ""));
}

#[tokio::test]
async fn the_local_stack_stays_at_home() {
    let receiver = Receiver::answering(OK).await;
    let offline =
        |resolver| Client::new(Settings { internet: false, ..settings(AddressPolicy::Any, resolver) });
    let near = offline(Answers::new([&["127.0.0.1"]]));
    assert_eq!(post(&near, &receiver.url()).await.outcome, responded(200, ""));
    assert_eq!(post(&near, &receiver.url_at("http", "localhost")).await.outcome, responded(200, ""));
    assert_eq!(post(&near, "http://93.184.216.34/").await.outcome, NOT_SENT);
    assert_eq!(post(&near, "http://shop.example.com/").await.outcome, NOT_SENT, "not even looked up");
    let far = offline(Answers::new([&["93.184.216.34"]]));
    assert_eq!(post(&far, "http://receiver.internal/").await.outcome, NOT_SENT);
}

#[tokio::test]
async fn the_system_knows_this_machine_and_no_invalid_name() {
    let resolver = SystemResolver::new();
    let found = resolver.resolve("localhost").await.unwrap();
    assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
    assert_eq!(resolver.resolve("shop.invalid").await, Err(Unresolved));
}

#[tokio::test]
async fn names_without_an_http_spelling_fail_in_order() {
    let answer = post(&client(), "https://a!b.example.com:1/").await;
    assert!(matches!(answer.outcome, Outcome::Failed(FailureKind::Connect | FailureKind::Tls)), "{answer:?}");
}
