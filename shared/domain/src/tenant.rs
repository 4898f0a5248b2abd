//! Whose data a request may touch. Every lookup takes a [`Scope`]; there is no key without one.

use std::fmt;

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
