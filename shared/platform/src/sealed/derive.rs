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
        subkey(&self.master.secret, purpose)
    }

    /// Signs access tokens.
    #[must_use]
    pub fn jwt_key(&self) -> SigningKey {
        self.numbered_jwt_key(self.token_key)
    }

    /// What access tokens may be signed with: the key in use, the next one, so that whoever verifies knows it before it
    /// signs, and the one before, whose tokens are still good.
    #[must_use]
    pub fn jwt_keys(&self) -> Vec<SigningKey> {
        let around = [Some(self.token_key), self.token_key.checked_add(1), self.token_key.checked_sub(1)];
        around
            .into_iter()
            .flatten()
            .filter(|number| *number > 0)
            .map(|number| self.numbered_jwt_key(number))
            .collect()
    }

    fn numbered_jwt_key(&self, number: u32) -> SigningKey {
        match number {
            1 => self.signing_key("jwt"),
            number => self.signing_key(&format!("jwt-{number}")),
        }
    }

    /// Signs callbacks as Standard Webhooks `v1a`; never the tokens' key.
    #[must_use]
    pub fn webhook_key(&self) -> SigningKey {
        self.signing_key("webhook-v1a")
    }

    /// The secret that signs a user's callbacks in a pool, stored nowhere. They are numbered from 1
    /// (`domain::callback::CallbackSecrets`).
    #[must_use]
    pub fn callback_secret(&self, scope: Scope, user: UserId, number: u32) -> WebhookSecret {
        match number {
            1 => self.secret_of_callbacks(&format!("user|{scope}|{user}")),
            number => self.secret_of_callbacks(&format!("user|{scope}|{user}|{number}")),
        }
    }

    /// The secret that signs one request's callback for a guest, stored nowhere.
    #[must_use]
    pub fn guest_callback_secret(&self, request: RequestId) -> WebhookSecret {
        self.secret_of_callbacks(&format!("guest|{request}"))
    }

    fn secret_of_callbacks(&self, whose: &str) -> WebhookSecret {
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
    fn the_key_in_use_stands_between_the_last_and_the_next() {
        let bytes = |number| {
            keys().with_token_key(number).jwt_keys().iter().map(|key| key.to_bytes()).collect::<Vec<_>>()
        };
        let [one, two, three] = [1, 2, 3].map(|number| keys().with_token_key(number).jwt_key().to_bytes());
        assert_eq!((bytes(1), bytes(2)), (vec![one, two], vec![two, three, one]));
        assert_eq!(keys().with_token_key(0).jwt_key().to_bytes(), one);
    }

    #[test]
    fn a_user_has_secrets_of_their_own_in_each_pool() {
        let [alice, bob] = [3, 4].map(|n| UserId::new(Uuid::from_u128(n)));
        let secret = |scope, user, number| keys().callback_secret(scope, user, number);
        assert_eq!(secret(SCOPE, alice, 1), secret(SCOPE, alice, 1));
        for other in [secret(Scope::Shared, alice, 1), secret(SCOPE, bob, 1), secret(SCOPE, alice, 2)] {
            assert_ne!(secret(SCOPE, alice, 1), other);
        }
    }

    #[test]
    fn a_guest_has_one_secret_per_request() {
        let [a, b] = [1, 2].map(|n| RequestId::new(Uuid::from_u128(n)));
        let secret = |request| keys().guest_callback_secret(request);
        assert_eq!(secret(a), secret(a));
        assert_ne!(secret(a), secret(b));
        assert_eq!(secret(a).expose().len(), "whsec_".len() + 44);
    }
}
