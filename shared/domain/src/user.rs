//! Users: who they are, what they may do, and what changes either.

mod name;
mod role;

use serde::{Deserialize, Serialize};

pub use self::name::{Email, Username};
pub use self::role::{Admission, Founding, Roles, admit};
use crate::id::UserId;
use crate::tenant::Scope;
use crate::time::{SECOND_MS, Timestamp};

/// What a user likes to be told; a closed object on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct Preferences {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newsletter: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications: Option<bool>,
}

/// What a user says of themselves (contract 4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct Profile {
    pub username: Username,
    pub email: Email,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub preferences: Option<Preferences>,
}

impl Profile {
    /// Whether both names are those of `other`, in whatever case: then nothing is asked for that could be another's.
    #[must_use]
    pub fn has_names_of(&self, other: &Self) -> bool {
        self.username.folded() == other.username.folded() && self.email.folded() == other.email.folded()
    }
}

/// A password as it is kept: argon2id in PHC form. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Names a PHC string as one.
    #[must_use]
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// A user of one pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The `sub` of the user's tokens.
    pub id: UserId,
    /// The pool the user belongs to.
    pub scope: Scope,
    /// What the user says of themselves.
    pub profile: Profile,
    /// `None` for somebody who cannot sign in with one.
    pub password: Option<PasswordHash>,
    /// What the user may do.
    pub roles: Roles,
    /// Older tokens are void.
    pub tokens_valid_from: Timestamp,
    /// When the user registered.
    pub created_at: Timestamp,
    /// When the user last changed; strictly increasing.
    pub updated_at: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
}

impl Account {
    /// A user who has just registered.
    #[must_use]
    pub const fn register(
        id: UserId,
        scope: Scope,
        profile: Profile,
        password: Option<PasswordHash>,
        roles: Roles,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            scope,
            profile,
            password,
            roles,
            tokens_valid_from: Timestamp::from_ms(0),
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// The same user with another profile and, if there is one, another password. Every token from before a new password
    /// is void.
    #[must_use]
    pub fn with_profile(self, profile: Profile, password: Option<PasswordHash>, now: Timestamp) -> Self {
        let changed = Self { profile, ..self.changed(now) };
        match password {
            None => changed,
            Some(_) => {
                let tokens_valid_from = void_until(now, changed.tokens_valid_from);
                Self { password, tokens_valid_from, ..changed }
            }
        }
    }

    /// The same user with other roles. Every token of before is void.
    #[must_use]
    pub fn with_roles(self, roles: Roles, now: Timestamp) -> Self {
        let tokens_valid_from = void_until(now, self.tokens_valid_from);
        Self { roles, tokens_valid_from, ..self.changed(now) }
    }

    fn changed(self, now: Timestamp) -> Self {
        let updated_at = now.max(self.updated_at.plus_ms(1));
        Self { updated_at, version: self.version + 1, ..self }
    }
}

/// The first whole second after `now`: a token's `iat` has no finer part, and one of this very second must be void too. And
/// later than `before`: a token issued since then may carry that very `iat`.
fn void_until(now: Timestamp, before: Timestamp) -> Timestamp {
    let next = Timestamp::from_ms((now.as_ms().div_euclid(SECOND_MS) + 1) * SECOND_MS);
    next.max(before.plus_ms(SECOND_MS))
}

#[cfg(test)]
mod tests {
    use super::{Account, Email, PasswordHash, Profile, Roles, Username, void_until};
    use crate::id::UserId;
    use crate::tenant::Scope;
    use crate::time::Timestamp;

    fn profile(first_name: &str) -> Profile {
        Profile {
            username: Username::parse("ada").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            first_name: first_name.to_owned(),
            last_name: "Lovelace".to_owned(),
            phone: None,
            preferences: None,
        }
    }

    #[test]
    fn a_new_password_is_one_change_with_its_profile_and_voids_tokens() {
        let (id, registered) = (UserId::new(uuid::Uuid::from_u128(1)), Timestamp::from_ms(1_000));
        let [old, new] = ["old", "new"].map(|text| PasswordHash::new(text.to_owned()));
        let before = Account::register(
            id,
            Scope::Shared,
            profile("Ada"),
            Some(old.clone()),
            Roles::newcomer(Scope::Shared),
            registered,
        );
        for (password, kept, void) in [(None, old, 0), (Some(new.clone()), new, 2_000)] {
            let after = before.clone().with_profile(profile("Augusta"), password, registered);
            assert_eq!((after.version, after.updated_at.as_ms()), (2, 1_001));
            assert_eq!((after.profile, after.password), (profile("Augusta"), Some(kept)));
            assert_eq!(after.tokens_valid_from, Timestamp::from_ms(void));
        }
    }

    #[test]
    fn no_token_of_the_same_second_survives() {
        for now in [1_000, 1_001, 1_999] {
            let until = void_until(Timestamp::from_ms(now), Timestamp::from_ms(0));
            assert_eq!(until, Timestamp::from_ms(2_000));
        }
    }

    #[test]
    fn a_second_change_of_the_same_second_voids_what_followed_from_the_first() {
        let now = Timestamp::from_ms(1_500);
        let first = void_until(now, Timestamp::from_ms(0));
        assert!(void_until(now, first) > first);
    }
}
