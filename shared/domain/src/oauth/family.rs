//! What a client holds after a user's consent: refresh tokens that follow each other (RFC 9700 section 4.14.2).
//!
//! Each is good once. One that is used again was copied, or its answer was lost; nobody can tell which, so the whole
//! family is void and the user is asked anew.

use uuid::Uuid;

use super::client::ClientRef;
use super::code::Consent;
use super::{Misuse, Refusal};
use crate::id::{FamilyId, UserId};
use crate::tenant::Scope;
use crate::time::{DAY_MS, Timestamp};

/// How long a family lives unused.
pub const IDLE_MS: i64 = 30 * DAY_MS;
/// How long it lives at most.
pub const LIFETIME_MS: i64 = 180 * DAY_MS;

/// Where a family is found: among its user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FamilyRef {
    /// The pool.
    pub scope: Scope,
    /// The user who agreed.
    pub user: UserId,
    /// Its id.
    pub id: FamilyId,
}

/// Refresh tokens that follow from one consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its id; the `sid` of its access tokens.
    pub id: FamilyId,
    /// What was agreed to.
    pub consent: Consent,
    /// Which of its refresh tokens is good, from 1.
    pub generation: u32,
    /// The last access token's `jti`: two who refresh at once never write the same row.
    pub token: Uuid,
    /// When it began.
    pub created_at: Timestamp,
    /// From when on it is not good any more.
    pub expires_at: Timestamp,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// Counts every change from 1.
    pub version: u64,
}

impl Family {
    /// A fresh one.
    #[must_use]
    pub const fn begin(id: FamilyId, consent: Consent, token: Uuid, now: Timestamp) -> Self {
        let expires_at = now.plus_ms(IDLE_MS);
        Self { id, consent, generation: 1, token, created_at: now, expires_at, is_revoked: false, version: 1 }
    }

    /// Where it is found.
    #[must_use]
    pub const fn reference(&self) -> FamilyRef {
        self.consent.family(self.id)
    }

    /// The same family after its `presented` refresh token was used by `client`, for the access token `token`.
    ///
    /// # Errors
    /// [`Misuse::Replayed`] for one that was used before; [`Misuse::Refused`] when it is not this client's, or the family
    /// is over.
    pub fn refresh(
        self,
        presented: u32,
        client: ClientRef,
        token: Uuid,
        now: Timestamp,
    ) -> Result<Self, Misuse> {
        let refused = |reason| Err(Misuse::Refused(Refusal::InvalidGrant(reason)));
        if client != self.consent.client {
            return refused("the token is not this client's");
        }
        if !self.is_live(now) {
            return refused("the token has expired or was revoked");
        }
        if presented != self.generation {
            return Err(Misuse::Replayed(self.reference()));
        }
        let last = self.created_at.plus_ms(LIFETIME_MS);
        Ok(Self {
            generation: self.generation + 1,
            token,
            expires_at: now.plus_ms(IDLE_MS).min(last),
            version: self.version + 1,
            ..self
        })
    }

    /// The same family, void; `None` when it is already.
    #[must_use]
    pub fn revoke(self) -> Option<Self> {
        (!self.is_revoked).then(|| Self { is_revoked: true, version: self.version + 1, ..self })
    }

    /// Whether its tokens are good at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.is_revoked && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Family, IDLE_MS, LIFETIME_MS};
    use crate::id::{ClientId, FamilyId, UserId};
    use crate::oauth::{ClientRef, Consent, FIRST_PARTY, Misuse, offered};
    use crate::tenant::Scope;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
    const CLIENT: ClientRef = ClientRef { scope: Scope::Shared, id: FIRST_PARTY };
    const TOKEN: Uuid = Uuid::from_u128(9);

    fn family() -> Family {
        let user = UserId::new(Uuid::from_u128(3));
        let consent = Consent { client: CLIENT, user, permissions: offered(), signed_in_at: NOW };
        Family::begin(FamilyId::new(Uuid::from_u128(1)), consent, TOKEN, NOW)
    }

    #[test]
    fn another_client_is_refused_and_nothing_follows() {
        let other = ClientRef { id: ClientId::new(Uuid::from_u128(8)), ..CLIENT };
        assert!(matches!(family().refresh(1, other, TOKEN, NOW), Err(Misuse::Refused(_))));
    }

    #[test]
    fn what_is_revoked_stays_so() {
        let revoked = family().revoke().unwrap();
        assert!(!revoked.is_live(NOW) && revoked.clone().revoke().is_none());
        assert!(matches!(revoked.refresh(1, CLIENT, TOKEN, NOW), Err(Misuse::Refused(_))));
    }

    proptest! {
        #[test]
        fn only_the_last_token_is_good(uses in 0_u32..20, presented in 0_u32..25) {
            let mut used = family();
            for generation in 1..=uses {
                used = used.refresh(generation, CLIENT, TOKEN, NOW).unwrap();
            }
            let next = used.clone().refresh(presented, CLIENT, TOKEN, NOW);
            if presented == uses + 1 {
                prop_assert_eq!(next.map(|family| family.generation), Ok(presented + 1));
            } else {
                prop_assert_eq!(next, Err(Misuse::Replayed(used.reference())));
            }
        }

        #[test]
        fn it_dies_unused_and_at_the_latest_after_its_life(days in proptest::collection::vec(0_i64..29, 0..30)) {
            let (mut used, mut now) = (family(), NOW);
            for (generation, idle) in (1..).zip(days) {
                now = now.plus_ms(idle * crate::time::DAY_MS);
                match used.clone().refresh(generation, CLIENT, TOKEN, now) {
                    Ok(next) => used = next,
                    Err(misuse) => {
                        prop_assert!(matches!(misuse, Misuse::Refused(_)));
                        prop_assert!(now.since_ms(NOW) >= LIFETIME_MS);
                        break;
                    }
                }
                prop_assert!(used.expires_at.since_ms(NOW) <= LIFETIME_MS);
            }
            prop_assert!(!used.is_live(now.plus_ms(IDLE_MS)));
        }
    }
}
