//! Who asks: anonymous, or a user with scopes; and what that lets them do.

use std::fmt;

use crate::error::{Error, Result};
use crate::id::UserId;
use crate::tenant::Scope;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        /// One thing a token allows (contract 1.3; `admin:webhooks` is ours).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission {$($(#[$doc])* $name,)*}

        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in the `scope` claim.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $text,)*}
            }
        }
    };
}

permissions! {
    /// Read pets.
    ReadPets = "read:pets"
    /// Create, replace and delete pets and their images.
    WritePets = "write:pets"
    /// Read orders, payments, callbacks and receipts.
    ReadOrders = "read:orders"
    /// Make, pay and cancel orders and ask for callbacks.
    WriteOrders = "write:orders"
    /// Read one's own profile.
    ReadUser = "read:user"
    /// Change and delete one's own profile.
    WriteUser = "write:user"
    /// Use the chat.
    ChatWrite = "chat:write"
    /// Manage webhook endpoints and read deliveries.
    AdminWebhooks = "admin:webhooks"
}

/// A set of [`Permission`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u16);

impl Permissions {
    /// Every permission.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.iter().fold(Self::default(), |set, p| set.with(*p))
    }

    /// Reads a space-separated `scope` claim; names that are not ours grant nothing.
    #[must_use]
    pub fn parse(claim: &str) -> Self {
        claim
            .split_ascii_whitespace()
            .filter_map(|name| Permission::ALL.iter().find(|p| p.as_str() == name))
            .fold(Self::default(), |set, p| set.with(*p))
    }

    /// This set and `permission`.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u16)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether all of `other` is in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in the set, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }

    /// Whether `permission` is in the set.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u16) != 0
    }
}

impl fmt::Display for Permissions {
    /// The `scope` claim.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Permission::ALL.iter().filter(|p| self.has(**p)).map(|p| p.as_str()).collect();
        f.write_str(&names.join(" "))
    }
}

/// A user whose token was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The token's subject.
    pub id: UserId,
    /// What the token allows.
    pub permissions: Permissions,
    /// Whether the user works for the tenant: a role, never implied by scopes.
    pub staff: bool,
    /// Whether a client of OAuth speaks for the user.
    pub is_client: bool,
}

/// Who asks, and in which pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The pool the request is confined to.
    pub scope: Scope,
    /// The verified user; `None` for an anonymous request.
    pub user: Option<User>,
}

impl Caller {
    /// The user's id; `None` when anonymous.
    #[must_use]
    pub fn subject(&self) -> Option<UserId> {
        self.user.map(|user| user.id)
    }

    /// Whether the caller is staff of the pool.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.user.is_some_and(|user| user.staff)
    }

    /// Refuses a signed-in caller whose token lacks `permission`; anonymous callers pass.
    ///
    /// # Errors
    /// [`Error::MissingScope`].
    pub fn may(&self, permission: Permission) -> Result<()> {
        match self.user {
            Some(user) if !user.permissions.has(permission) => Err(Error::MissingScope(permission)),
            _ => Ok(()),
        }
    }

    /// The signed-in user, who must hold `permission`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when anonymous, [`Error::MissingScope`] without the scope.
    pub fn require(&self, permission: Permission) -> Result<User> {
        self.may(permission)?;
        self.user.ok_or(Error::Unauthenticated("this operation needs a bearer token"))
    }

    /// The signed-in user, who must hold `permission` and ask themself: it is not for a client to do.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when anonymous, [`Error::MissingScope`] without the scope, [`Error::Forbidden`] for a
    /// client.
    pub fn require_themself(&self, permission: Permission) -> Result<User> {
        let user = self.require(permission)?;
        if user.is_client {
            return Err(Error::Forbidden(
                "only the user may do this, and no application for them".to_owned(),
            ));
        }
        Ok(user)
    }

    /// The signed-in user, who must be staff.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when anonymous, [`Error::Forbidden`] when not staff.
    pub fn require_staff(&self) -> Result<User> {
        let user = self.user.ok_or(Error::Unauthenticated("this operation needs a bearer token"))?;
        if user.staff { Ok(user) } else { Err(Error::Forbidden("only staff may do this".to_owned())) }
    }
}
