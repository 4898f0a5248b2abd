//! TLS: whose certificates are believed, and that a session serves many deliveries.

use std::sync::Arc;

use delivery::client::{Client, FailureKind, Outcome, Settings};
use domain::target::AddressPolicy;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::receiver::{Receiver, request};
use crate::{Answers, client, post, responded, settings};

const TLS: Outcome = Outcome::Failed(FailureKind::Tls);

/// A receiver with a certificate for `shop.example.com`, and the settings that trust it.
async fn receiver() -> (Receiver, Settings) {
    let certified = rcgen::generate_simple_self_signed(["shop.example.com".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certified.cert.der().clone()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config =
        config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let receiver = Receiver::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while request(&mut stream).await.is_some() {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            }
        }
    })
    .await;
    (receiver, Settings { roots, ..settings(AddressPolicy::Any, Answers::new([&["127.0.0.1"]])) })
}

#[tokio::test]
async fn s7_many_sends_share_one_handshake() {
    let (receiver, settings) = receiver().await;
    let client = Client::new(settings);
    for _ in 0..20 {
        let answer = post(&client, &receiver.url_at("https", "shop.example.com")).await;
        assert_eq!(answer.outcome, responded(200, "ok"));
    }
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (receiver, settings) = receiver().await;
    let client = Client::new(settings);
    for host in ["other.example.com", "127.0.0.1"] {
        assert_eq!(post(&client, &receiver.url_at("https", host)).await.outcome, TLS, "{host}");
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let (receiver, _) = receiver().await;
    assert_eq!(post(&client(), &receiver.url_at("https", "shop.example.com")).await.outcome, TLS);
}

#[tokio::test]
async fn a_receiver_that_speaks_no_tls_is_refused() {
    let receiver = Receiver::start(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    })
    .await;
    assert_eq!(post(&client(), &receiver.url_at("https", "shop.example.com")).await.outcome, TLS);
}
