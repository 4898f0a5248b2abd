//! What a user may do, and who is let in as what.

use crate::caller::{Permission, Permissions};
use crate::error::{Error, FieldError, Result};
use crate::id::UserId;
use crate::invitation::Invitation;
use crate::tenant::{Registration, Scope, Tenant};
use crate::time::Timestamp;

/// What a user may do at most; a token can only narrow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The scopes that the user's tokens may carry.
    pub permissions: Permissions,
    /// Whether the user works for the tenant.
    pub staff: bool,
    /// Whether the user grants roles.
    pub owner: bool,
}

impl Roles {
    /// Of somebody who registered: everything in the shared pool, which is a playground; in a private tenant what a
    /// customer needs.
    #[must_use]
    pub fn newcomer(scope: Scope) -> Self {
        use Permission::{ChatWrite, ReadOrders, ReadPets, ReadUser, WriteOrders, WriteUser};
        let customer = [ReadPets, ReadOrders, ReadUser, WriteOrders, WriteUser, ChatWrite];
        let permissions = match scope {
            Scope::Shared => Permissions::all(),
            Scope::Tenant(_) => customer.into_iter().fold(Permissions::default(), Permissions::with),
        };
        Self { permissions, staff: false, owner: false }
    }

    /// Of a tenant's owner.
    #[must_use]
    pub fn owner() -> Self {
        Self { permissions: Permissions::all(), staff: true, owner: true }
    }
}

/// What a deployment says of tenants that nobody has founded yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Founding {
    /// Whether the first user of an unused tenant id founds that tenant.
    pub is_open: bool,
    /// How such a tenant takes its next users.
    pub registration: Registration,
}

/// As what somebody is let in, and what that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The roles.
    pub roles: Roles,
    /// The tenant that is founded or claimed by it.
    pub tenant: Option<Tenant>,
    /// The invitation that is used up by it.
    pub invitation: Option<Invitation>,
}

/// Lets the user `id` into the pool `scope`, which is `tenant`, with the invitation that was sent: `Some(None)` for one
/// that does not exist.
///
/// # Errors
/// [`Error::NotFound`] for a tenant that nobody may found, [`Error::Forbidden`] where an invitation is needed,
/// [`Error::Invalid`] for an invitation that is none, or no longer.
pub fn admit(
    id: UserId,
    scope: Scope,
    tenant: Option<Tenant>,
    founding: Founding,
    invitation: Option<Option<Invitation>>,
    now: Timestamp,
) -> Result<Admission> {
    let invitation =
        invitation.map(|sent| sent.ok_or_else(not_good)?.accept(id, now).ok_or_else(not_good)).transpose()?;
    let Scope::Tenant(tenant_id) = scope else {
        return Ok(Admission { roles: Roles::newcomer(scope), tenant: None, invitation });
    };
    let Some(tenant) = tenant else {
        let founded = founding.is_open.then(|| Tenant::create(tenant_id, founding.registration).claim());
        let tenant = founded.ok_or(Error::NotFound("tenant"))?;
        return Ok(Admission {
            roles: Roles::owner(),
            tenant: Some(Tenant { version: 1, ..tenant }),
            invitation,
        });
    };
    if tenant.registration == Registration::Invite && invitation.is_none() {
        return Err(Error::Forbidden("this tenant takes invited users only".to_owned()));
    }
    Ok(match tenant.is_claimed {
        true => Admission { roles: Roles::newcomer(scope), tenant: None, invitation },
        false => Admission { roles: Roles::owner(), tenant: Some(tenant.claim()), invitation },
    })
}

fn not_good() -> Error {
    let message = "Is not an invitation of this tenant, or was used, or has expired.";
    Error::Invalid(vec![FieldError::new("invitation", "invalid_invitation", message)])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Founding, Roles, admit};
    use crate::caller::Permission;
    use crate::error::Error;
    use crate::id::{TenantId, UserId};
    use crate::invitation::Invitation;
    use crate::tenant::{Registration, Scope, Tenant};
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
    const ADA: UserId = UserId::new(Uuid::from_u128(7));
    const TENANT: TenantId = TenantId::new(Uuid::from_u128(9));
    const PRIVATE: Scope = Scope::Tenant(TENANT);
    const OPEN: Founding = Founding { is_open: true, registration: Registration::Invite };
    const CLOSED: Founding = Founding { is_open: false, ..OPEN };

    fn invitation() -> Invitation {
        Invitation::issue(PRIVATE, "hash".to_owned(), None, NOW)
    }

    #[test]
    fn in_the_shared_pool_everybody_may_do_everything_but_work_there() {
        let roles = admit(ADA, Scope::Shared, None, CLOSED, None, NOW).unwrap().roles;
        assert!(Permission::ALL.iter().all(|permission| roles.permissions.has(*permission)));
        assert!(!roles.staff && !roles.owner);
    }

    #[test]
    fn the_first_user_founds_a_tenant_where_that_is_open() {
        assert!(matches!(admit(ADA, PRIVATE, None, CLOSED, None, NOW), Err(Error::NotFound("tenant"))));
        let founded = admit(ADA, PRIVATE, None, OPEN, None, NOW).unwrap();
        assert_eq!((founded.roles, founded.tenant.as_ref().unwrap().owners), (Roles::owner(), 1));
        let second = admit(ADA, PRIVATE, founded.tenant, OPEN, Some(Some(invitation())), NOW).unwrap();
        assert_eq!((second.roles, second.tenant), (Roles::newcomer(PRIVATE), None));
        assert!(!second.roles.permissions.has(Permission::WritePets));
    }

    #[test]
    fn a_tenant_that_invites_takes_good_invitations_only() {
        let tenant = Tenant::create(TENANT, Registration::Invite).claim();
        let enter = |sent, now| admit(ADA, PRIVATE, Some(tenant.clone()), OPEN, sent, now);
        assert!(matches!(enter(None, NOW), Err(Error::Forbidden(_))));
        assert!(matches!(enter(Some(None), NOW), Err(Error::Invalid(_))));
        assert!(matches!(enter(Some(Some(invitation())), invitation().expires_at), Err(Error::Invalid(_))));
        let used = enter(Some(Some(invitation())), NOW).unwrap().invitation.unwrap();
        assert!(matches!(enter(Some(Some(used)), NOW), Err(Error::Invalid(_))));
    }

    #[test]
    fn whoever_comes_first_to_a_tenant_of_the_operators_owns_it() {
        let tenant = Tenant::create(TENANT, Registration::Invite);
        assert!(admit(ADA, PRIVATE, Some(tenant.clone()), OPEN, None, NOW).is_err());
        let first = admit(ADA, PRIVATE, Some(tenant), OPEN, Some(Some(invitation())), NOW).unwrap();
        let claimed = first.tenant.unwrap();
        assert_eq!((first.roles, claimed.owners, claimed.version), (Roles::owner(), 1, 2));
    }
}
