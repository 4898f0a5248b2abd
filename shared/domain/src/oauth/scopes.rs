//! What may be asked for (RFC 6749 section 3.3): the contract's scopes, and for devices two of them (contract 1.3).

use super::refusal::Refusal;
use crate::caller::{Permission, Permissions};

/// What clients may ask for: everything but the administration of webhooks, which is a matter between a tenant and its
/// own servers.
#[must_use]
pub fn offered() -> Permissions {
    let others = Permission::ALL.iter().filter(|permission| **permission != Permission::AdminWebhooks);
    others.fold(Permissions::default(), |set, permission| set.with(*permission))
}

/// What devices may ask for.
#[must_use]
pub fn offered_to_devices() -> Permissions {
    Permissions::default().with(Permission::ReadPets).with(Permission::ChatWrite)
}

/// What a request's `scope` asks for, of what `may` be asked for; all of it when it says nothing.
///
/// # Errors
/// [`Refusal::InvalidScope`] for a name that is none or more than may be asked for, or when that is nothing.
pub fn requested(scope: Option<&str>, may: Permissions) -> Result<Permissions, Refusal> {
    let Some(scope) = scope else { return if may.is_empty() { Err(Refusal::InvalidScope) } else { Ok(may) } };
    let mut asked = Permissions::default();
    for name in scope.split(' ').filter(|name| !name.is_empty()) {
        let known = Permission::ALL.iter().find(|permission| permission.as_str() == name);
        asked = asked.with(*known.ok_or(Refusal::InvalidScope)?);
    }
    if asked.is_empty() || !may.contains(asked) { Err(Refusal::InvalidScope) } else { Ok(asked) }
}

/// What a refresh asks for, of what was `granted` (RFC 6749 section 6): it may only become less.
///
/// # Errors
/// [`Refusal::InvalidScope`].
pub fn narrowed(scope: Option<&str>, granted: Permissions) -> Result<Permissions, Refusal> {
    requested(scope, granted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{offered, offered_to_devices, requested};
    use crate::caller::{Permission, Permissions};

    #[test]
    fn devices_may_ask_for_little() {
        assert_eq!(offered_to_devices().to_string(), "read:pets chat:write");
        assert!(offered().contains(offered_to_devices()));
        assert!(!offered().has(Permission::AdminWebhooks));
    }

    #[test]
    fn what_there_is_not_is_refused() {
        for scope in
            ["", " ", "openid", "read:pets openid", "READ:PETS", "admin:webhooks", "read:pets\tchat:write"]
        {
            assert!(requested(Some(scope), offered()).is_err(), "{scope:?}");
        }
        assert!(requested(Some("write:orders"), offered_to_devices()).is_err());
        assert!(requested(None, Permissions::default()).is_err());
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_may_be_asked_for(scope in "((read|write|chat|admin):(pets|orders|user|write|webhooks) ?){0,4}") {
            if let Ok(asked) = requested(Some(&scope), offered_to_devices()) {
                prop_assert!(offered_to_devices().contains(asked) && !asked.is_empty());
                prop_assert_eq!(asked, Permissions::parse(&scope));
            }
        }
    }
}
