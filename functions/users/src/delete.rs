//! `DELETE /v1/users/{id}`: a user leaves. The names are free again, every token is void, the orders stay. In the shared
//! pool the user's webhook endpoints go too, in the same commit, so that nothing more is sent there; those of a tenant
//! are the tenant's.

use domain::tenant::Tenant;
use domain::user::Account;
use domain::{Error, Result, Scope, Timestamp};
use store::{Commit, Transaction};
use web::{Answer, Request};

use crate::{App, load_own};

pub(crate) async fn delete(app: &App, request: &Request) -> Result<Answer> {
    store::until_committed(async || {
        let account = load_own(app, request).await?;
        request.if_match(account.version)?;
        let transaction = app.store.transaction().delete_user(&account);
        let transaction = match account.roles.owner {
            true => transaction.replace("tenant", &tenant_of(app, &account).await?.without_owner()?),
            false => transaction,
        };
        let commit = with_endpoints(app, transaction, &account, request.now).await?.commit().await?;
        app.edge.user_gone(account.scope, account.id);
        Ok((commit == Commit::Done).then(Answer::no_content))
    })
    .await
}

/// The guard is read before the endpoints: whoever makes one meanwhile has all of this decided anew.
async fn with_endpoints<'a>(
    app: &App,
    transaction: Transaction<'a>,
    account: &Account,
    now: Timestamp,
) -> Result<Transaction<'a>> {
    if account.scope != Scope::Shared {
        return Ok(transaction);
    }
    let guard = app.store.endpoint_guard_fetch(account.scope, account.id).await?;
    let endpoints = app.store.endpoints_fetch(account.scope, account.id).await?.all()?;
    Ok(transaction.close_endpoints(guard, &endpoints, now))
}

/// The tenant of one of its owners.
pub(crate) async fn tenant_of(app: &App, account: &Account) -> Result<Tenant> {
    let tenant = match account.scope {
        Scope::Tenant(id) => app.store.tenant_fetch(id).await?,
        Scope::Shared => None,
    };
    tenant.ok_or(Error::fault("an owner without a tenant"))
}
