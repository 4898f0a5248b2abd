//! `GET`, `PUT /v1/users/{id}/roles`: what a user may do. An owner of the tenant grants it; every token of the user is
//! void then.

use domain::caller::{Permission, Permissions};
use domain::user::{Account, Roles};
use domain::{Error, FieldError, Result, required};
use platform::clock;
use serde::Deserialize;
use serde::de::IgnoredAny;
use store::{Commit, Transaction};
use web::{Answer, Request};

use crate::delete::tenant_of;
use crate::view::RolesView;
use crate::{App, load};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    scopes: Option<Vec<String>>,
    staff: Option<bool>,
    /// As it was, when not sent.
    owner: Option<bool>,
    #[serde(default, rename = "userId")]
    _user_id: Option<IgnoredAny>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<IgnoredAny>,
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::ReadUser)?;
    let account = load(app, request).await?;
    if !user.staff && user.id != account.id {
        return Err(Error::Forbidden("only the user and the staff may see this".to_owned()));
    }
    Ok(Answer::ok(RolesView::of(&account)).version(account.version))
}

pub(crate) async fn replace(app: &App, request: &Request) -> Result<Answer> {
    web::require_owner(request).await?;
    let changed = store::until_committed(async || {
        let before = load(app, request).await?;
        request.if_match(before.version)?;
        let roles = request.json(|body: Body| body.parse(&before.roles))?;
        if roles == before.roles {
            return Ok(Some(before));
        }
        let after = before.clone().with_roles(roles, clock::now());
        let transaction = app.store.transaction().replace_user(&before, &after);
        let commit = with_tenant(app, transaction, &before, &after).await?.commit().await?;
        Ok((commit == Commit::Done).then_some(after))
    })
    .await?;
    app.edge.user_changed(&changed, request.now);
    Ok(Answer::ok(RolesView::of(&changed)).version(changed.version))
}

/// The tenant counts its owners.
async fn with_tenant<'a>(
    app: &App,
    transaction: Transaction<'a>,
    before: &Account,
    after: &Account,
) -> Result<Transaction<'a>> {
    let tenant = match (before.roles.owner, after.roles.owner) {
        (false, true) => tenant_of(app, before).await?.with_owner(),
        (true, false) => tenant_of(app, before).await?.without_owner()?,
        _ => return Ok(transaction),
    };
    Ok(transaction.replace("tenant", &tenant))
}

impl Body {
    fn parse(self, before: &Roles) -> Result<Roles> {
        let mut errors = Vec::new();
        let is_scope = |name: &String| Permission::ALL.iter().any(|permission| permission.as_str() == name);
        let scopes = required("scopes", self.scopes, &mut errors).unwrap_or_default();
        if !scopes.iter().all(is_scope) {
            errors.push(FieldError::new("scopes", "invalid_value", "Must be scopes of this API."));
        }
        let staff = required("staff", self.staff, &mut errors);
        let roles = Roles {
            permissions: Permissions::parse(&scopes.join(" ")),
            staff: staff.unwrap_or_default(),
            owner: self.owner.unwrap_or(before.owner),
        };
        if roles.owner && staff == Some(false) {
            errors.push(FieldError::new("staff", "invalid_value", "An owner is staff."));
        }
        if errors.is_empty() { Ok(roles) } else { Err(Error::Invalid(errors)) }
    }
}
