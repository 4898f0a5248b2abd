//! How users look on the wire (contract 4.7): to everybody, and to themselves and the staff.

use domain::TenantId;
use domain::caller::Permission;
use domain::id::UserId;
use domain::user::{Account, Preferences, Roles};
use serde::Serialize;
use web::{Answer, Request};

/// A user on the wire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserView {
    id: UserId,
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferences: Option<Preferences>,
    created_at: String,
    updated_at: String,
    tenant_id: Option<TenantId>,
}

impl UserView {
    /// Everything.
    pub(crate) fn of(account: &Account) -> Self {
        let profile = account.profile.clone();
        Self {
            id: account.id,
            username: profile.username.to_string(),
            email: profile.email.to_string(),
            first_name: profile.first_name,
            last_name: profile.last_name,
            phone: profile.phone,
            preferences: profile.preferences,
            created_at: account.created_at.to_rfc3339(),
            updated_at: account.updated_at.to_rfc3339(),
            tenant_id: account.scope.tenant_id(),
        }
    }

    /// What is nobody's secret. The contract requires an address, so it is one that leads nowhere.
    fn public(account: &Account) -> Self {
        let email = format!("{}@users.noreply.invalid", account.id);
        Self { email, phone: None, preferences: None, ..Self::of(account) }
    }
}

/// `account` as whoever asks may see it. Both views have an `ETag` of their own, and only the whole one is good for
/// `If-Match`.
pub(crate) fn answer(account: &Account, request: &Request) -> Answer {
    let is_own = |user: domain::caller::User| {
        user.staff || user.id == account.id && user.permissions.has(Permission::ReadUser)
    };
    match request.caller.user.is_some_and(is_own) {
        true => Answer::ok(UserView::of(account)).version(account.version),
        false => Answer::ok(UserView::public(account)).etag(&format!("{}-public", account.version)),
    }
}

/// A user's roles on the wire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RolesView {
    user_id: UserId,
    scopes: Vec<&'static str>,
    staff: bool,
    owner: bool,
    tenant_id: Option<TenantId>,
}

impl RolesView {
    pub(crate) fn of(account: &Account) -> Self {
        let Roles { permissions, staff, owner } = account.roles;
        let held = Permission::ALL.iter().filter(|permission| permissions.has(**permission));
        Self {
            user_id: account.id,
            scopes: held.map(|permission| permission.as_str()).collect(),
            staff,
            owner,
            tenant_id: account.scope.tenant_id(),
        }
    }
}
