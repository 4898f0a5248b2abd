//! The secrets that sign a user's callbacks. They are derived from a master key and stored nowhere; what is kept is their
//! numbers.

use crate::error::{Error, Result};
use crate::id::UserId;
use crate::tenant::Scope;
use crate::time::Timestamp;
use crate::webhook::{SECRET_OVERLAP_MS, SECRETS_MAX};

/// Which of a user's secrets sign: numbered from 1, each new one is one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackSecrets {
    /// The user's pool.
    pub scope: Scope,
    /// The user.
    pub user: UserId,
    /// The newest one's number.
    pub newest: u32,
    /// When those before it were replaced, the latest first; no more than may still sign.
    pub replaced: Vec<Timestamp>,
    /// Counts every change from 1; 0 before the first rotation.
    pub version: u64,
}

impl CallbackSecrets {
    /// Those of a user who never asked for another.
    #[must_use]
    pub const fn first(scope: Scope, user: UserId) -> Self {
        Self { scope, user, newest: 1, replaced: Vec::new(), version: 0 }
    }

    /// The numbers of those that sign at `now`, the newest first.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = u32> {
        let signs = move |replaced: &&Timestamp| now < replaced.plus_ms(SECRET_OVERLAP_MS);
        let before = self.replaced.iter().take_while(signs).count();
        (0..=u32::try_from(before).unwrap_or_default()).filter_map(|back| self.newest.checked_sub(back))
    }

    /// With one more secret; those before sign along for [`SECRET_OVERLAP_MS`].
    ///
    /// # Errors
    /// [`Error::Conflict`] `callback_secrets_exceeded` while [`SECRETS_MAX`] secrets sign.
    pub fn rotate(self, now: Timestamp) -> Result<Self> {
        let signing = self.signing(now).count();
        if signing >= SECRETS_MAX {
            return Err(Error::conflict(
                "callback_secrets_exceeded",
                "Wait until an older secret has expired.",
            ));
        }
        let before = self.replaced.iter().take(signing - 1).copied();
        let replaced = std::iter::once(now).chain(before).collect();
        Ok(Self { newest: self.newest + 1, replaced, version: self.version + 1, ..self })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::CallbackSecrets;
    use crate::id::UserId;
    use crate::tenant::Scope;
    use crate::time::{DAY_MS, HOUR_MS, Timestamp};
    use crate::webhook::SECRETS_MAX;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

    fn first() -> CallbackSecrets {
        CallbackSecrets::first(Scope::Shared, UserId::new(Uuid::from_u128(7)))
    }

    fn signing(secrets: &CallbackSecrets, after_ms: i64) -> Vec<u32> {
        secrets.signing(NOW.plus_ms(after_ms)).collect()
    }

    #[test]
    fn one_that_was_replaced_signs_along_for_a_day() {
        assert_eq!(signing(&first(), 0), [1]);
        let rotated = first().rotate(NOW).unwrap();
        assert_eq!(signing(&rotated, 0), [2, 1]);
        assert_eq!(signing(&rotated, DAY_MS - 1), [2, 1]);
        assert_eq!(signing(&rotated, DAY_MS), [2]);
        assert_eq!((rotated.newest, rotated.version), (2, 1));
    }

    #[test]
    fn another_rotation_does_not_prolong_the_oldest() {
        let twice = first().rotate(NOW).unwrap().rotate(NOW.plus_ms(HOUR_MS)).unwrap();
        assert_eq!(signing(&twice, HOUR_MS), [3, 2, 1]);
        assert_eq!(signing(&twice, DAY_MS), [3, 2]);
        let later = twice.rotate(NOW.plus_ms(DAY_MS)).unwrap();
        assert_eq!(signing(&later, DAY_MS), [4, 3, 2]);
        assert_eq!(signing(&later, DAY_MS + HOUR_MS), [4, 3]);
    }

    #[test]
    fn no_more_sign_together_than_may() {
        let mut secrets = first();
        for _ in 1..SECRETS_MAX {
            secrets = secrets.rotate(NOW).unwrap();
        }
        assert!(secrets.clone().rotate(NOW.plus_ms(DAY_MS - 1)).is_err());
        let after = secrets.rotate(NOW.plus_ms(DAY_MS)).unwrap();
        assert_eq!(signing(&after, DAY_MS), [6, 5]);
    }
}
