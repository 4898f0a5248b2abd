//! An authorization code (RFC 6749 section 4.1.2): a user's consent on its way to the client through the browser. Good
//! once, for a minute, to the client that began it.

use uuid::Uuid;

use super::client::ClientRef;
use super::family::{Family, FamilyRef};
use super::pkce::Challenge;
use super::refusal::Refusal;
use super::{Misuse, Refusal::InvalidGrant};
use crate::caller::Permissions;
use crate::id::{FamilyId, UserId};
use crate::time::{MINUTE_MS, Timestamp};

/// How long a code is good.
pub const CODE_LIFETIME_MS: i64 = MINUTE_MS;

/// What a user agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The client that may act for the user.
    pub client: ClientRef,
    /// The user.
    pub user: UserId,
    /// What it may do.
    pub permissions: Permissions,
    /// When the user proved who they are; what is void from later on makes this void.
    pub signed_in_at: Timestamp,
}

impl Consent {
    /// Where the family `id` that follows from it is found.
    #[must_use]
    pub const fn family(&self, id: FamilyId) -> FamilyRef {
        FamilyRef { scope: self.client.scope, user: self.user, id }
    }
}

/// A code, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of its text, in hexadecimal. The text has 256 random bits, so nothing slower is needed.
    pub hash: String,
    /// What was agreed to.
    pub consent: Consent,
    /// The `redirect_uri` of the request.
    pub redirect: String,
    /// What the client's verifier must fit.
    pub challenge: Challenge,
    /// From when on it is not good any more.
    pub expires_at: Timestamp,
    /// What came of it.
    pub spent_on: Option<FamilyId>,
    /// Counts every change from 1.
    pub version: u64,
}

impl Code {
    /// A fresh one.
    #[must_use]
    pub const fn issue(
        hash: String,
        consent: Consent,
        redirect: String,
        challenge: Challenge,
        now: Timestamp,
    ) -> Self {
        let expires_at = now.plus_ms(CODE_LIFETIME_MS);
        Self { hash, consent, redirect, challenge, expires_at, spent_on: None, version: 1 }
    }

    /// Spends it on the family `id`, whose first access token is `token`.
    ///
    /// # Errors
    /// [`Misuse::Replayed`] when it was spent, whatever else is wrong; [`Misuse::Refused`] when it has expired, or
    /// redirect URI or verifier are not those of its request.
    pub fn redeem(
        self,
        redirect: &str,
        verifier: &str,
        (id, token): (FamilyId, Uuid),
        now: Timestamp,
    ) -> Result<(Self, Family), Misuse> {
        if let Some(family) = self.spent_on {
            return Err(Misuse::Replayed(self.consent.family(family)));
        }
        let refusal = self.refusal(redirect, verifier, now);
        if let Some(refusal) = refusal {
            return Err(Misuse::Refused(refusal));
        }
        let family = Family::begin(id, self.consent, token, now);
        Ok((Self { spent_on: Some(id), version: self.version + 1, ..self }, family))
    }

    fn refusal(&self, redirect: &str, verifier: &str, now: Timestamp) -> Option<Refusal> {
        if now >= self.expires_at {
            Some(InvalidGrant("the code has expired"))
        } else if redirect != self.redirect {
            Some(InvalidGrant("redirect_uri is not that of the authorization request"))
        } else if !self.challenge.fits(verifier) {
            Some(InvalidGrant("code_verifier does not fit the code_challenge"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{CODE_LIFETIME_MS, Code, Consent};
    use crate::id::{FamilyId, UserId};
    use crate::oauth::{Challenge, Client, Misuse, offered};
    use crate::tenant::Scope;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const REDIRECT: &str = "http://127.0.0.1:51004/callback";
    const FRESH: (FamilyId, Uuid) = (FamilyId::new(Uuid::from_u128(1)), Uuid::from_u128(2));

    fn code() -> Code {
        let consent = Consent {
            client: Client::first_party(Scope::Shared, NOW).reference(),
            user: UserId::new(Uuid::from_u128(3)),
            permissions: offered(),
            signed_in_at: NOW,
        };
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        Code::issue("hash".to_owned(), consent, REDIRECT.to_owned(), challenge, NOW)
    }

    #[test]
    fn it_is_good_once() {
        let (spent, family) = code().redeem(REDIRECT, VERIFIER, FRESH, NOW).unwrap();
        assert_eq!((family.id, family.consent), (FRESH.0, code().consent));
        for (redirect, verifier) in [(REDIRECT, VERIFIER), ("x", "y")] {
            let again = spent.clone().redeem(redirect, verifier, FRESH, NOW);
            assert_eq!(again, Err(Misuse::Replayed(family.reference())));
        }
    }

    proptest! {
        #[test]
        fn it_is_good_for_a_minute(ms in -CODE_LIFETIME_MS..3 * CODE_LIFETIME_MS) {
            let redeemed = code().redeem(REDIRECT, VERIFIER, FRESH, NOW.plus_ms(ms));
            prop_assert_eq!(redeemed.is_ok(), ms < CODE_LIFETIME_MS);
        }

        #[test]
        fn it_is_good_with_its_own_redirect_and_verifier_alone(redirect: String, verifier: String) {
            prop_assert!(code().redeem(&redirect, VERIFIER, FRESH, NOW).is_err());
            prop_assert!(code().redeem(REDIRECT, &verifier, FRESH, NOW).is_err());
        }
    }
}
