//! `DELETE /v1/users/{id}`: a user leaves. The names are free again, every token is void, the orders stay.

use domain::tenant::Tenant;
use domain::user::Account;
use domain::{Error, Result, Scope};
use store::Commit;
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
        let commit = transaction.commit().await?;
        app.edge.user_gone(account.scope, account.id);
        Ok((commit == Commit::Done).then(Answer::no_content))
    })
    .await
}

/// The tenant of one of its owners.
pub(crate) async fn tenant_of(app: &App, account: &Account) -> Result<Tenant> {
    let tenant = match account.scope {
        Scope::Tenant(id) => app.store.tenant_fetch(id).await?,
        Scope::Shared => None,
    };
    tenant.ok_or(Error::fault("an owner without a tenant"))
}
