//! Owners of a tenant: what only they may do.

use domain::user::Account;
use domain::{Error, Result};

use crate::request::Request;

/// The owner who asks. Ownership is read at once, for it is not among what a request knows of its caller.
///
/// # Errors
/// [`Error::Unauthenticated`] when anonymous, [`Error::Forbidden`] for anybody else; when the store fails.
pub async fn require_owner(request: &Request) -> Result<Account> {
    let user = request.caller.require_staff()?;
    let account = request.edge().store().user_fetch(request.caller.scope, user.id).await?;
    let owner = account.filter(|account| account.roles.owner);
    owner.ok_or_else(|| Error::Forbidden("only an owner of the tenant may do this".to_owned()))
}
