//! Keys and hashes of what clients and devices hold.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::oauth::UserCode;
use domain::signature::hmac_sha256;
use platform::clock;
use platform::sealed::Keyring;
use sha2::{Digest, Sha256};

/// The key of refresh tokens.
pub(crate) fn refresh_key(keys: &Keyring) -> [u8; 32] {
    keys.subkey("oauth-refresh")
}

/// The key of device codes.
pub(crate) fn device_key(keys: &Keyring) -> [u8; 32] {
    keys.subkey("oauth-device")
}

/// A text that nobody can guess.
pub(crate) fn fresh() -> String {
    URL_SAFE_NO_PAD.encode(clock::random::<32>())
}

/// What is kept of such a text.
pub(crate) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// What is kept of a user code. There are few of them, so that whoever reads the table could try them all without a key.
pub(crate) fn user_code_hash(keys: &Keyring, code: UserCode) -> String {
    hex::encode(hmac_sha256(&keys.subkey("oauth-user-code"), &[code.to_string().as_bytes()]))
}
