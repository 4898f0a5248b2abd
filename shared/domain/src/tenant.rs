//! Whose data a request may touch. Every lookup takes a [`Scope`]; there is no key without one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
pub use crate::id::TenantId;

/// The shared public pool, or one private tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The pool of requests that name no tenant.
    Shared,
    /// One private tenant.
    Tenant(TenantId),
}

impl Scope {
    /// The tenant's id; `None` in the shared pool, as `tenantId` on the wire.
    #[must_use]
    pub const fn tenant_id(self) -> Option<TenantId> {
        match self {
            Self::Shared => None,
            Self::Tenant(id) => Some(id),
        }
    }

    /// Reads what [`fmt::Display`] writes: `shared` or the tenant's id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "shared" { Some(Self::Shared) } else { TenantId::parse(text).ok().map(Self::Tenant) }
    }
}

impl fmt::Display for Scope {
    /// `shared`, which no `X-Tenant-ID` header can spell, or the tenant's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared => f.write_str("shared"),
            Self::Tenant(id) => id.fmt(f),
        }
    }
}

/// How a private tenant takes new users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Whoever names the tenant may register.
    Open,
    /// Only with an invitation.
    Invite,
}

impl Registration {
    /// Reads a setting.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "invite" => Some(Self::Invite),
            _ => None,
        }
    }
}

impl fmt::Display for Registration {
    /// What [`Registration::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Invite => "invite",
        })
    }
}

/// A private tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// How it takes new users.
    pub registration: Registration,
    /// Whether its first user came, who owns it. Never granted twice, so it never becomes false again.
    pub is_claimed: bool,
    /// Users who own it.
    pub owners: u32,
    /// Counts every change from 1.
    pub version: u64,
}

impl Tenant {
    /// A tenant that waits for its first user.
    #[must_use]
    pub const fn create(id: TenantId, registration: Registration) -> Self {
        Self { id, registration, is_claimed: false, owners: 0, version: 1 }
    }

    /// The same tenant, owned by its first user.
    #[must_use]
    pub const fn claim(self) -> Self {
        Self { is_claimed: true, owners: 1, version: self.version + 1, ..self }
    }

    /// The same tenant, which takes new users in this way from now on.
    #[must_use]
    pub const fn with_registration(self, registration: Registration) -> Self {
        Self { registration, version: self.version + 1, ..self }
    }

    /// The same tenant with one owner more.
    #[must_use]
    pub const fn with_owner(self) -> Self {
        Self { is_claimed: true, owners: self.owners + 1, version: self.version + 1, ..self }
    }

    /// The same tenant with one owner less.
    ///
    /// # Errors
    /// [`Error::Conflict`] `tenant_last_owner`: somebody must be able to grant roles.
    pub fn without_owner(self) -> Result<Self> {
        match self.owners {
            0 | 1 => Err(Error::conflict("tenant_last_owner", "The tenant would have no owner left.")),
            owners => Ok(Self { owners: owners - 1, version: self.version + 1, ..self }),
        }
    }
}
