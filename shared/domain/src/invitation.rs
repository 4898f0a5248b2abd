//! Invitations: a code that lets one user into a tenant. Only the code's hash is kept.

use crate::id::UserId;
use crate::tenant::Scope;
use crate::time::{DAY_MS, Timestamp};

/// How long an invitation is good.
pub const LIFETIME_MS: i64 = 7 * DAY_MS;

/// An invitation into a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The tenant.
    pub scope: Scope,
    /// SHA-256 of its code, in hexadecimal. The code has 256 random bits, so nothing slower is needed.
    pub hash: String,
    /// Who invited; `None` for an operator.
    pub created_by: Option<UserId>,
    /// From when on it is not good any more.
    pub expires_at: Timestamp,
    /// Who came by it.
    pub used_by: Option<UserId>,
    /// Counts every change from 1.
    pub version: u64,
}

impl Invitation {
    /// A fresh one.
    #[must_use]
    pub const fn issue(scope: Scope, hash: String, created_by: Option<UserId>, now: Timestamp) -> Self {
        Self { scope, hash, created_by, expires_at: now.plus_ms(LIFETIME_MS), used_by: None, version: 1 }
    }

    /// The same one, used up by `user`; `None` when it is not good at `now`.
    #[must_use]
    pub fn accept(self, user: UserId, now: Timestamp) -> Option<Self> {
        let is_good = self.used_by.is_none() && now < self.expires_at;
        is_good.then(|| Self { used_by: Some(user), version: self.version + 1, ..self })
    }
}
