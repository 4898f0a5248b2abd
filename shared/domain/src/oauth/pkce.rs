//! PKCE (RFC 7636): only whoever began an authorization can redeem its code. `S256` alone; `plain` would show the
//! verifier to whoever sees the request.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::refusal::Refusal;

const VERIFIER_CHARS: RangeInclusive<usize> = 43..=128;

/// A `code_challenge`: the hash of a verifier that the client keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads what an authorization request says.
    ///
    /// # Errors
    /// [`Refusal::InvalidRequest`] without a challenge, with another method than `S256`, and for what is no hash.
    pub fn requested(challenge: Option<&str>, method: Option<&str>) -> Result<Self, Refusal> {
        let text = challenge.ok_or(Refusal::InvalidRequest("code_challenge is required"))?;
        if method != Some("S256") {
            return Err(Refusal::InvalidRequest("code_challenge_method must be S256"));
        }
        Self::parse(text).ok_or(Refusal::InvalidRequest("code_challenge must be a SHA-256 in base64url"))
    }

    /// Reads 43 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As it was sent.
    #[must_use]
    pub fn text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Whether it is the hash of `verifier`, which must be one (RFC 7636 section 4.1).
    #[must_use]
    pub fn fits(self, verifier: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let is_verifier = VERIFIER_CHARS.contains(&verifier.len()) && verifier.bytes().all(is_plain);
        is_verifier && bool::from(Sha256::digest(verifier).as_slice().ct_eq(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::{Challenge, Refusal};

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_standards_own_example_fits() {
        let challenge = Challenge::requested(Some(CHALLENGE), Some("S256")).unwrap();
        assert!(challenge.fits(VERIFIER));
        assert_eq!(challenge.text(), CHALLENGE);
    }

    #[test]
    fn nothing_less_than_s256_is_taken() {
        for (challenge, method) in [
            (None, None),
            (None, Some("S256")),
            (Some(CHALLENGE), None),
            (Some(CHALLENGE), Some("plain")),
            (Some(CHALLENGE), Some("s256")),
            (Some(VERIFIER), Some("plain")),
            (Some("x"), Some("S256")),
            (Some(""), Some("S256")),
            (Some(&CHALLENGE[1..]), Some("S256")),
        ] {
            assert!(matches!(Challenge::requested(challenge, method), Err(Refusal::InvalidRequest(_))));
        }
    }

    proptest! {
        #[test]
        fn only_the_verifier_fits(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = Challenge(Sha256::digest(&verifier).into());
            prop_assert!(challenge.fits(&verifier));
            prop_assert!(verifier == other || !challenge.fits(&other));
            prop_assert!(!challenge.fits(&challenge.text()));
        }

        #[test]
        fn what_is_no_verifier_never_fits(text in "[a-z]{0,42}|[a-z]{129,140}|[ +/=]{43}") {
            prop_assert!(!Challenge(Sha256::digest(&text).into()).fits(&text));
        }
    }
}
