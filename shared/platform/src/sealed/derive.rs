//! Keys derived from the master: each purpose has its own, so that none tells anything of another.

use domain::Scope;
use domain::id::{RequestId, UserId};
use domain::signature::{WebhookSecret, hmac_sha256};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::Keyring;

pub(super) fn subkey(master: &[u8], purpose: &str) -> [u8; 32] {
    hmac_sha256(master, &[b"petstore/v1/", purpose.as_bytes()])
}

impl Keyring {
    /// The key for `purpose`: HMAC-SHA256(master, `petstore/v1/<purpose>`).
    #[must_use]
    pub fn subkey(&self, purpose: &str) -> [u8; 32] {
        subkey(&self.current.secret, purpose)
    }

    /// Signs access tokens.
    #[must_use]
    pub fn jwt_key(&self) -> SigningKey {
        self.signing_key("jwt")
    }

    /// Signs callbacks as Standard Webhooks `v1a`; never the tokens' key.
    #[must_use]
    pub fn webhook_key(&self) -> SigningKey {
        self.signing_key("webhook-v1a")
    }

    /// The secret of a callback's signatures, stored nowhere: one per user and pool, and for a guest one per request.
    #[must_use]
    pub fn callback_secret(&self, scope: Scope, user: Option<UserId>, request: RequestId) -> WebhookSecret {
        let whose = user.map_or_else(|| format!("guest|{request}"), |user| format!("user|{scope}|{user}"));
        let master = Zeroizing::new(self.subkey("callback-secret"));
        WebhookSecret::of_key(&hmac_sha256(&*master, &[whose.as_bytes()]))
    }

    fn signing_key(&self, purpose: &str) -> SigningKey {
        SigningKey::from_bytes(&Zeroizing::new(self.subkey(purpose)))
    }
}

#[cfg(test)]
mod tests {
    use domain::id::{RequestId, TenantId, UserId};
    use domain::{Scope, signature::hmac_sha256};
    use uuid::Uuid;

    use crate::sealed::Keyring;

    const SCOPE: Scope = Scope::Tenant(TenantId::new(Uuid::from_u128(7)));

    fn keys() -> Keyring {
        Keyring::new(&[1; 32]).unwrap()
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        assert_eq!(keys().subkey("jwt"), hmac_sha256(&[1; 32], &[b"petstore/v1/jwt"]));
        assert_ne!(keys().jwt_key().to_bytes(), keys().webhook_key().to_bytes());
    }

    #[test]
    fn a_user_has_one_secret_per_pool() {
        let [a, b] = [1, 2].map(|n| RequestId::new(Uuid::from_u128(n)));
        let [alice, bob] = [3, 4].map(|n| Some(UserId::new(Uuid::from_u128(n))));
        let secret = |scope, user, request| keys().callback_secret(scope, user, request);
        assert_eq!(secret(SCOPE, alice, a), secret(SCOPE, alice, b));
        assert_ne!(secret(SCOPE, alice, a), secret(Scope::Shared, alice, a));
        assert_ne!(secret(SCOPE, alice, a), secret(SCOPE, bob, a));
    }

    #[test]
    fn a_guest_has_one_secret_per_request() {
        let [a, b] = [1, 2].map(|n| RequestId::new(Uuid::from_u128(n)));
        let secret = |request| keys().callback_secret(SCOPE, None, request);
        assert_eq!(secret(a), secret(a));
        assert_ne!(secret(a), secret(b));
        assert_eq!(secret(a).expose().len(), "whsec_".len() + 44);
    }
}
