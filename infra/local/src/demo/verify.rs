//! What a receiver does before it believes a delivery: both signatures, over exactly the bytes that came.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use domain::signature::hmac_sha256;

use crate::receiver::Received;

/// Seconds that a delivery's timestamp may be away from now (Standard Webhooks). Not a setting: 0 would mean "never look"
/// to some, and to others that everything is too old.
const TOLERANCE_SECS: u64 = 300;

/// Whether `X-Webhook-Signature` and one `v1` of `webhook-signature` are right and the delivery is fresh at `now`.
pub(super) fn verify(received: &Received, secret: &str, now: Timestamp) -> bool {
    let body_signature = format!("sha256={}", hex(&hmac_sha256(secret.as_bytes(), &[&received.body])));
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    let signed = format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp"));
    let expected = format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &[signed.as_bytes(), &received.body])));
    let is_signed = received.header("webhook-signature").split(' ').any(|signature| signature == expected);
    let at: i64 = received.header("webhook-timestamp").parse().unwrap_or_default();
    let is_fresh = now.as_secs().abs_diff(at) <= TOLERANCE_SECS;
    body_signature == received.header("x-webhook-signature") && is_signed && is_fresh
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::Timestamp;
    use domain::signature::{Message, WebhookSecret};
    use http::HeaderMap;

    use super::verify;
    use crate::receiver::Received;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

    fn received(secret: &WebhookSecret, at: Timestamp) -> Received {
        let body = Bytes::from_static(br#"{"eventType":"order.created"}"#);
        let message = Message { id: "one", at, body: &body };
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "one".parse().unwrap());
        headers.insert("webhook-timestamp", at.as_secs().to_string().parse().unwrap());
        headers.insert("webhook-signature", message.sign_v1(secret).parse().unwrap());
        headers.insert("x-webhook-signature", message.sign_body(secret).parse().unwrap());
        Received { path: "/".to_owned(), headers, body, at: std::time::Instant::now() }
    }

    #[test]
    fn x11_a_clock_that_is_off_by_299_seconds_passes_and_by_301_does_not() {
        let secret = WebhookSecret::of_key(&[7; 32]);
        for (off_secs, is_taken) in [(0, true), (299, true), (-299, true), (301, false), (-301, false)] {
            let delivery = received(&secret, NOW.plus_ms(off_secs * 1_000));
            assert_eq!(verify(&delivery, secret.expose(), NOW), is_taken, "{off_secs}");
        }
    }

    #[test]
    fn a_changed_body_and_another_secret_are_refused() {
        let secret = WebhookSecret::of_key(&[7; 32]);
        let delivery = received(&secret, NOW);
        let changed = Received { body: Bytes::from_static(b"{}"), ..delivery.clone() };
        assert!(!verify(&changed, secret.expose(), NOW));
        assert!(!verify(&delivery, WebhookSecret::of_key(&[8; 32]).expose(), NOW));
    }
}
