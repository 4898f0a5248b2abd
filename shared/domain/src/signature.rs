//! Signatures of deliveries: Standard Webhooks `v1` (HMAC) and `v1a` (Ed25519), and the contract's
//! `X-Webhook-Signature`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::time::Timestamp;

/// What a secret string begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// HMAC-SHA256 of `parts`, one after the other.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // A key of any length is one HMAC takes; the other arm cannot be reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// A secret string that receivers hold: `whsec_` and the base64 of the key.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

impl WebhookSecret {
    /// The secret string of a key; 24 to 64 random bytes.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Self {
        Self(format!("{SECRET_PREFIX}{}", STANDARD.encode(key)))
    }

    /// Reads a secret string; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.strip_prefix(SECRET_PREFIX)?).ok()?;
        (24..=64).contains(&key.len()).then(|| Self(text.to_owned()))
    }

    /// The whole string, to show once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn key(&self) -> Vec<u8> {
        STANDARD.decode(self.0.trim_start_matches(SECRET_PREFIX)).unwrap_or_default()
    }
}

/// What is signed: one try of one message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `webhook-id`, the same at every try.
    pub id: &'a str,
    /// The time of this try.
    pub at: Timestamp,
    /// The exact bytes sent.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// `v1,<base64>` over `id.timestamp.body` (Standard Webhooks 1.0.0).
    #[must_use]
    pub fn sign_v1(&self, secret: &WebhookSecret) -> String {
        let seconds = self.at.as_secs().to_string();
        let parts = [self.id.as_bytes(), b".", seconds.as_bytes(), b".", self.body];
        format!("v1,{}", STANDARD.encode(hmac_sha256(&secret.key(), &parts)))
    }

    /// `v1a,<base64>` over the same text with an Ed25519 key.
    #[must_use]
    pub fn sign_v1a(&self, key: &SigningKey) -> String {
        let mut text = format!("{}.{}.", self.id, self.at.as_secs()).into_bytes();
        text.extend_from_slice(self.body);
        format!("v1a,{}", STANDARD.encode(key.sign(&text).to_bytes()))
    }

    /// `sha256=<hex>` over the body alone, keyed with the whole secret string (the contract's header).
    #[must_use]
    pub fn sign_body(&self, secret: &WebhookSecret) -> String {
        format!("sha256={}", hex::encode(hmac_sha256(secret.expose().as_bytes(), &[self.body])))
    }
}

/// `whpk_<base64>`: how a webhook-only Ed25519 public key is published.
#[must_use]
pub fn public_key_text(key: &SigningKey) -> String {
    format!("whpk_{}", STANDARD.encode(key.verifying_key().to_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Message, WebhookSecret};
    use crate::time::Timestamp;

    #[test]
    fn agrees_with_the_standard_webhooks_test_vector() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let message = Message {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: Timestamp::from_ms(1_614_265_330_000),
            body: br#"{"test": 2432232314}"#,
        };
        assert_eq!(message.sign_v1(&secret), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    proptest! {
        #[test]
        fn every_part_is_signed(body in prop::collection::vec(any::<u8>(), 1..200), at in 0..=4_000_000_000_i64, flip in 0..200_usize) {
            let secret = WebhookSecret::of_key(&[7; 32]);
            let sign = |id, at, body: &[u8]| Message { id, at: Timestamp::from_ms(at * 1_000), body }.sign_v1(&secret);
            let signature = sign("a", at, &body);
            let mut other = body.clone();
            let index = flip % other.len();
            other[index] ^= 1;
            prop_assert_ne!(&signature, &sign("a", at, &other));
            prop_assert_ne!(&signature, &sign("b", at, &body));
            prop_assert_ne!(&signature, &sign("a", at + 1, &body));
        }

        #[test]
        fn secrets_are_read_back(key in prop::collection::vec(any::<u8>(), 24..=64)) {
            let secret = WebhookSecret::of_key(&key);
            prop_assert_eq!(WebhookSecret::parse(secret.expose()), Some(secret));
        }
    }
}
