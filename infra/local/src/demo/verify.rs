//! What a receiver does before it believes a delivery: both signatures, over exactly the bytes that came.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::signature::hmac_sha256;

use crate::receiver::Received;

/// Seconds that a delivery's timestamp may be away from now (Standard Webhooks).
const TOLERANCE_SECS: i64 = 300;

/// Whether `X-Webhook-Signature` and one `v1` of `webhook-signature` are right and the delivery is fresh.
pub(super) fn verify(received: &Received, secret: &str) -> bool {
    let body_signature = format!("sha256={}", hex(&hmac_sha256(secret.as_bytes(), &[&received.body])));
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    let signed = format!("{}.{}.", received.header("webhook-id"), received.header("webhook-timestamp"));
    let expected = format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &[signed.as_bytes(), &received.body])));
    let is_signed = received.header("webhook-signature").split(' ').any(|signature| signature == expected);
    let at: i64 = received.header("webhook-timestamp").parse().unwrap_or_default();
    let is_fresh = (platform::clock::now().as_secs() - at).abs() <= TOLERANCE_SECS;
    body_signature == received.header("x-webhook-signature") && is_signed && is_fresh
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
