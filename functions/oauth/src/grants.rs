//! What a user granted applications, and taking it back: `GET /v1/oauth/grants`, `GET|DELETE /v1/oauth/grants/{id}`. For
//! the user themself: an application could hold on to its access by ending everybody else's.

use domain::caller::Permission;
use domain::id::{ClientId, FamilyId};
use domain::oauth::{Client, Family, FamilyRef};
use domain::{Error, Result, TenantId};
use serde::Serialize;
use web::{Answer, Request};

use crate::{App, tokens};

#[derive(Serialize)]
struct Grants {
    data: Vec<GrantView>,
}

/// What one application may do for the user, on the wire.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GrantView {
    id: FamilyId,
    client: GrantedView,
    scopes: Vec<&'static str>,
    created_at: String,
    expires_at: String,
    tenant_id: Option<TenantId>,
}

#[derive(Serialize)]
struct GrantedView {
    id: ClientId,
    name: String,
}

/// The latest first. What has ended is not shown, nor what its client cannot use, being removed.
pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require_themself(Permission::ReadUser)?;
    let families = app.store.families_fetch(request.caller.scope, user.id).await?;
    let clients = app.store.clients_fetch(request.caller.scope).await?;
    let live = families.into_iter().rev().filter(|family| family.is_live(request.now));
    let views = live.filter_map(|family| {
        let client = clients.iter().find(|client| client.reference() == family.consent.client)?;
        Some(GrantView::of(&family, client))
    });
    Ok(Answer::ok(Grants { data: views.collect() }))
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let (family, client) = load(app, request, Permission::ReadUser).await?;
    Ok(Answer::ok(GrantView::of(&family, &client)).version(family.version))
}

/// Refresh tokens are void at once, access tokens within a minute.
pub(crate) async fn end(app: &App, request: &Request) -> Result<Answer> {
    let (family, _) = load(app, request, Permission::WriteUser).await?;
    request.if_match(family.version)?;
    tokens::revoke(app, family.reference(), request.now).await?;
    Ok(Answer::no_content())
}

/// The caller's grant that the path names, and the client that holds it.
async fn load(app: &App, request: &Request, permission: Permission) -> Result<(Family, Client)> {
    let id = request.id("id", FamilyId::parse)?;
    let (scope, user) = (request.caller.scope, request.caller.require_themself(permission)?.id);
    let family = app.store.family_fetch(FamilyRef { scope, user, id }).await?;
    let family = family.filter(|family| family.is_live(request.now)).ok_or(Error::NotFound("grant"))?;
    let client = app.store.client_fetch(family.consent.client).await?.ok_or(Error::NotFound("grant"))?;
    Ok((family, client))
}

impl GrantView {
    fn of(family: &Family, client: &Client) -> Self {
        Self {
            id: family.id,
            client: GrantedView { id: client.id, name: client.name.clone() },
            scopes: family.consent.permissions.iter().map(|permission| permission.as_str()).collect(),
            created_at: family.created_at.to_rfc3339(),
            expires_at: family.expires_at.to_rfc3339(),
            tenant_id: client.scope.tenant_id(),
        }
    }
}
