//! An application that may ask the users of one pool for access: a public client, which keeps no secret.

use std::fmt;

use uuid::Uuid;

use super::redirect::RedirectUri;
use super::scopes::offered;
use crate::caller::Permissions;
use crate::id::{ClientId, NotAnId, UserId};
use crate::tenant::Scope;
use crate::time::Timestamp;

/// Clients that a tenant may register.
pub const CLIENTS_PER_TENANT_MAX: usize = 50;
/// The client that every pool has from its beginning.
pub const FIRST_PARTY: ClientId = ClientId::new(Uuid::from_u128(0x019b4139_0000_7000_8000_636c69656e74));

/// A `client_id` (RFC 6749 section 2.2): the pool is in it, so that nothing has to be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientRef {
    /// The pool whose users it may ask.
    pub scope: Scope,
    /// Its id there.
    pub id: ClientId,
}

impl ClientRef {
    /// Reads `<pool>.<id>`.
    ///
    /// # Errors
    /// [`NotAnId`] for anything else.
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let (scope, id) = text.split_once('.').ok_or(NotAnId)?;
        Ok(Self { scope: Scope::parse(scope).ok_or(NotAnId)?, id: ClientId::parse(id)? })
    }
}

impl fmt::Display for ClientRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.scope, self.id)
    }
}

/// Who registered a client, as it is told to whoever is asked for consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrant {
    /// The user.
    pub id: UserId,
    /// The name they had then.
    pub username: String,
}

/// A registered client. It never changes; only its owner's tenant can remove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The pool whose users it may ask.
    pub scope: Scope,
    /// What it calls itself.
    pub name: String,
    /// Where answers may go.
    pub redirects: Vec<RedirectUri>,
    /// What it may ask for at most.
    pub permissions: Permissions,
    /// Who registered it; `None` for an operator.
    pub registered_by: Option<Registrant>,
    /// When.
    pub created_at: Timestamp,
}

impl Client {
    /// The client that a pool has from its beginning: any program on the user's own machine.
    #[must_use]
    pub fn first_party(scope: Scope, now: Timestamp) -> Self {
        Self {
            id: FIRST_PARTY,
            scope,
            name: "Petstore command line".to_owned(),
            redirects: RedirectUri::loopback().into(),
            permissions: offered(),
            registered_by: None,
            created_at: now,
        }
    }

    /// Its `client_id`.
    #[must_use]
    pub const fn reference(&self) -> ClientRef {
        ClientRef { scope: self.scope, id: self.id }
    }

    /// Whether an answer may go to `sent` (RFC 9700 section 4.1.3).
    #[must_use]
    pub fn admits(&self, sent: &str) -> bool {
        self.redirects.iter().any(|registered| registered.admits(sent))
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientRef, FIRST_PARTY};
    use crate::tenant::{Scope, TenantId};
    use uuid::Uuid;

    #[test]
    fn a_client_id_leads_to_its_pool() {
        for scope in [Scope::Shared, Scope::Tenant(TenantId::new(Uuid::from_u128(7)))] {
            let reference = ClientRef { scope, id: FIRST_PARTY };
            assert_eq!(ClientRef::parse(&reference.to_string()), Ok(reference));
        }
    }

    #[test]
    fn other_texts_are_no_client_ids() {
        let id = FIRST_PARTY;
        for text in
            ["", ".", "shared", "shared.", &format!("shared.{id}.x"), &format!("{id}"), "shared.x", "x.y"]
        {
            assert!(ClientRef::parse(text).is_err(), "{text}");
        }
    }
}
