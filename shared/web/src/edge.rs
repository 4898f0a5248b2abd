//! What the edge knows for the life of a process: keys, settings, and roles for a minute.

use std::sync::Arc;

use domain::id::{OrderId, UserId};
use domain::oauth::FamilyRef;
use domain::signature::hmac_sha256;
use domain::time::MINUTE_MS;
use domain::user::Account;
use domain::{Result, Scope, TenantId, Timestamp};
use platform::cache::Cache;
use platform::sealed::Keyring;
use store::{Store, UserAccess};

use crate::limit::{Limiter, Limits};
use crate::token::{Grant, Verifier};

/// Roles and tenants kept at most.
const CACHED_MAX: usize = 4_096;

/// What differs between deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The API's own URL, without a slash at its end: `iss` and `aud` of every token.
    pub public_base_url: String,
    /// Whether requests that name no tenant have a pool.
    pub shared_pool: bool,
    /// How often a caller may ask; `None` for as often as it likes.
    pub limits: Option<Limits>,
}

/// The edge of a process. Cheap to clone; build it once.
#[derive(Clone)]
pub struct Edge(Arc<Inner>, Store);

struct Inner {
    keys: Keyring,
    settings: Settings,
    verifier: Verifier,
    idempotency_key: [u8; 32],
    log_key: [u8; 32],
    limiter: Limiter,
    users: Cache<(Scope, UserId), UserAccess>,
    families: Cache<FamilyRef, bool>,
    tenants: Cache<TenantId, ()>,
}

impl Edge {
    /// An edge that reads roles from `store` and trusts the keys that follow from `keys`.
    #[must_use]
    pub fn new(store: Store, keys: Keyring, settings: Settings) -> Self {
        let inner = Arc::new(Inner {
            verifier: Verifier::new(&keys, &settings.public_base_url),
            idempotency_key: keys.subkey("idempotency"),
            log_key: keys.subkey("order-log"),
            limiter: Limiter::new(keys.subkey("rate-limit")),
            users: Cache::new(MINUTE_MS, CACHED_MAX),
            families: Cache::new(MINUTE_MS, CACHED_MAX),
            tenants: Cache::new(MINUTE_MS, CACHED_MAX),
            keys,
            settings,
        });
        Self(inner, store)
    }

    /// The same edge, which knows the same, for a function that has a store of its own.
    #[must_use]
    pub fn with_store(&self, store: Store) -> Self {
        Self(self.0.clone(), store)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.1
    }

    /// The process's keys.
    #[must_use]
    pub fn keys(&self) -> &Keyring {
        &self.0.keys
    }

    /// What differs between deployments.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What a log may say in place of an order's id: whoever knows the id of an anonymous order may act on it.
    #[must_use]
    pub fn log_id(&self, order: OrderId) -> String {
        hex::encode(&hmac_sha256(&self.0.log_key, &[order.uuid().as_bytes()])[..8])
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    pub(crate) fn idempotency_key(&self) -> &[u8; 32] {
        &self.0.idempotency_key
    }

    /// The user's roles, at most a minute old. A user who is not there is looked up again each time.
    pub(crate) async fn user_access(
        &self,
        scope: Scope,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<UserAccess>> {
        if let Some(access) = self.0.users.get(&(scope, user), now) {
            return Ok(Some(access));
        }
        let access = self.1.user_access_fetch(scope, user).await?;
        if let Some(access) = &access {
            self.remember_user(access.clone(), now);
        }
        Ok(access)
    }

    /// Whether access tokens of the family are good, as it was at most a minute ago.
    pub(crate) async fn family_is_live(&self, family: FamilyRef, now: Timestamp) -> Result<bool> {
        if let Some(is_live) = self.0.families.get(&family, now) {
            return Ok(is_live);
        }
        let is_live = self.1.family_is_live(family).await?;
        self.0.families.insert(family, is_live, now);
        Ok(is_live)
    }

    /// What a token of ours grants at `now`, whatever became of its user since.
    ///
    /// # Errors
    /// [`domain::Error::InvalidToken`] unless we signed it, for ourselves, and it is good now.
    pub fn grant_of(&self, token: &str, now: Timestamp) -> Result<Grant> {
        self.0.verifier.verify(token, now)
    }

    /// Takes it that a family is revoked. Other processes learn of it within a minute.
    pub fn family_revoked(&self, family: FamilyRef, now: Timestamp) {
        self.0.families.insert(family, false, now);
    }

    /// Whether the tenant exists; known for a minute once it does.
    pub(crate) async fn tenant_exists(&self, tenant: TenantId, now: Timestamp) -> Result<bool> {
        if self.0.tenants.get(&tenant, now).is_some() {
            return Ok(true);
        }
        let exists = self.1.tenant_exists(tenant).await?;
        if exists {
            self.remember_tenant(tenant, now);
        }
        Ok(exists)
    }

    /// What this process knows of a user from now on, who has just changed. Others learn of it within a minute.
    pub fn user_changed(&self, account: &Account, now: Timestamp) {
        self.remember_user(account.into(), now);
    }

    /// Forgets a user who is gone.
    pub fn user_gone(&self, scope: Scope, user: UserId) {
        self.0.users.remove(&(scope, user));
    }

    pub(crate) fn remember_user(&self, access: UserAccess, now: Timestamp) {
        self.0.users.insert((access.scope, access.id), access, now);
    }

    pub(crate) fn remember_tenant(&self, tenant: TenantId, now: Timestamp) {
        self.0.tenants.insert(tenant, (), now);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::id::OrderId;
    use platform::aws::AwsConfig;
    use platform::sealed::Keyring;
    use store::{Store, TableNames};
    use uuid::Uuid;

    use super::{Edge, Settings};

    pub(crate) const ISSUER: &str = "https://api.example";

    pub(crate) fn keys() -> Keyring {
        Keyring::new(&[1; 32]).unwrap()
    }

    /// An edge whose store refuses every connection.
    pub(crate) fn edge() -> Edge {
        let store = Store::new(&AwsConfig::emulator("http://127.0.0.1:1"), TableNames::default());
        Edge::new(
            store,
            keys(),
            Settings { public_base_url: ISSUER.to_owned(), shared_pool: true, limits: None },
        )
    }

    impl Edge {
        /// The same roles and tenants under other settings.
        pub(crate) fn with_settings(self, settings: Settings) -> Self {
            let mut inner = std::sync::Arc::into_inner(self.0).unwrap();
            inner.settings = settings;
            Self(std::sync::Arc::new(inner), self.1)
        }
    }

    #[test]
    fn logs_tell_orders_apart_without_naming_them() {
        let [a, b] = [1, 2].map(|n| OrderId::new(Uuid::from_u128(n)));
        assert_eq!(edge().log_id(a), edge().log_id(a));
        assert_ne!(edge().log_id(a), edge().log_id(b));
        assert_eq!(edge().log_id(a).len(), 16);
    }
}
