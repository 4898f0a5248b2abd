//! Secrets at rest and the keys of the process, all derived from one master key.
//!
//! Nothing secret is stored in the clear: receivers' URLs, signing secrets and header values are kept as
//! [`Sealed`] text, `<key id>.<base64url(nonce | ciphertext)>`, XChaCha20-Poly1305 with a context as associated
//! data. The context names what is sealed and whose it is, so that a text copied into another row does not open.
//! The key id is there from the first day, so that a rotation can be added; today one master seals and opens, and another
//! opens nothing (docs/adr/0010).

mod derive;
mod error;

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::webhook::Sealed;
use zeroize::Zeroizing;

pub use self::error::{KeyTooShort, OpenError};
use crate::clock;

/// A master key has at least that many bytes.
pub const MASTER_BYTES_MIN: usize = 32;
const NONCE_BYTES: usize = 24;

/// The process's keys. Cheap to clone; never printed.
#[derive(Clone)]
pub struct Keyring {
    master: Arc<Master>,
    /// Which of the keys for tokens signs, from 1.
    token_key: u32,
}

struct Master {
    secret: Zeroizing<Vec<u8>>,
    id: String,
    cipher: XChaCha20Poly1305,
}

impl Keyring {
    /// The keys that follow from `master`, which seals and opens.
    ///
    /// # Errors
    /// [`KeyTooShort`] under [`MASTER_BYTES_MIN`] bytes.
    pub fn new(master: &[u8]) -> Result<Self, KeyTooShort> {
        Ok(Self { master: Arc::new(Master::new(master)?), token_key: 1 })
    }

    /// These keys, with the `number`-th of those for tokens, from 1, in use. Counting on by one rotates.
    #[must_use]
    pub fn with_token_key(self, number: u32) -> Self {
        Self { token_key: number.max(1), ..self }
    }

    /// Seals `plaintext` so that it opens under the same `context` only: what it is and whose, as in
    /// `endpoint-url|<scope>|<endpoint id>`.
    ///
    /// # Panics
    /// When the plaintext has more than 256 GiB.
    #[must_use]
    pub fn seal(&self, context: &str, plaintext: &str) -> Sealed {
        let nonce: [u8; NONCE_BYTES] = clock::random();
        let payload = Payload { msg: plaintext.as_bytes(), aad: context.as_bytes() };
        #[expect(clippy::expect_used, reason = "refused for a plaintext over 256 GiB alone")]
        let ciphertext =
            self.master.cipher.encrypt(&XNonce::from(nonce), payload).expect("plaintext over 256 GiB");
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &ciphertext].concat());
        Sealed::new(format!("{}.{text}", self.master.id))
    }

    /// Opens what [`seal`](Self::seal) made under the same `context`.
    ///
    /// # Errors
    /// [`OpenError`] for any other text, context or key.
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<String, OpenError> {
        let (id, text) = sealed.as_str().split_once('.').ok_or(OpenError::Malformed)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| OpenError::Malformed)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Malformed)?;
        let payload = Payload { msg: ciphertext, aad: context.as_bytes() };
        if id != self.master.id {
            return Err(OpenError::UnknownKey);
        }
        let plaintext =
            self.master.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| OpenError::Refused)?;
        String::from_utf8(plaintext).map_err(|_| OpenError::Refused)
    }
}

impl Master {
    fn new(secret: &[u8]) -> Result<Self, KeyTooShort> {
        if secret.len() < MASTER_BYTES_MIN {
            return Err(KeyTooShort);
        }
        let sealing = Zeroizing::new(derive::subkey(secret, "sealing"));
        let id = hex::encode(&derive::subkey(secret, "key-id")[..4]);
        let cipher = XChaCha20Poly1305::new((&*sealing).into());
        Ok(Self { secret: Zeroizing::new(secret.to_vec()), id, cipher })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

#[cfg(test)]
mod tests {
    use domain::webhook::Sealed;
    use proptest::prelude::*;

    use super::{KeyTooShort, Keyring, OpenError};

    fn keys(byte: u8) -> Keyring {
        Keyring::new(&[byte; 32]).unwrap()
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed(context: String, plaintext: String) {
            let sealed = keys(1).seal(&context, &plaintext);
            prop_assert_eq!(keys(1).open(&context, &sealed), Ok(plaintext));
        }

        #[test]
        fn another_context_is_refused(context: String, other: String, plaintext: String) {
            prop_assume!(context != other);
            let sealed = keys(1).seal(&context, &plaintext);
            prop_assert_eq!(keys(1).open(&other, &sealed), Err(OpenError::Refused));
        }

        #[test]
        fn a_changed_text_never_opens(plaintext: String, at: prop::sample::Index, with in "[A-Za-z0-9_.-]") {
            let sealed = keys(1).seal("url", &plaintext);
            let at = at.index(sealed.as_str().len());
            let mut text = sealed.as_str().to_owned();
            text.replace_range(at..=at, &with);
            prop_assume!(text != sealed.as_str());
            prop_assert!(keys(1).open("url", &Sealed::new(text)).is_err());
        }

        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            prop_assert!(keys(1).open("url", &Sealed::new(text)).is_err());
        }
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        assert_ne!(keys(1).seal("url", "https://a"), keys(1).seal("url", "https://a"));
    }

    #[test]
    fn another_master_says_that_the_key_is_not_its_own() {
        let sealed = keys(1).seal("url", "https://a");
        assert_eq!(keys(2).open("url", &sealed), Err(OpenError::UnknownKey));
    }

    #[test]
    fn prints_nothing_of_its_keys() {
        let sealed = keys(b'k').seal("url", "https://a");
        assert_eq!(format!("{:?} {sealed:?}", keys(b'k')), "Keyring Sealed");
    }

    #[test]
    fn short_masters_are_refused() {
        assert_eq!(Keyring::new(&[1; 31]).err(), Some(KeyTooShort));
    }
}
