//! Who asks, and in which pool: `X-Tenant-ID` and `Authorization` become a [`Claim`], and that, once it was counted, a
//! [`Caller`].
//!
//! The token is optional and never ignored. The tenant header selects and never proves: with a token it must agree
//! with the token's `tenant` claim; without one it names the pool an anonymous request is confined to.

use domain::caller::User;
use domain::id::UserId;
use domain::{Caller, Error as Refusal, FieldError, Result, Scope, TenantId, Timestamp};
use http::HeaderMap;

use crate::edge::Edge;
use crate::error::Error;
use crate::header;
use crate::route::Tenancy;
use crate::token::Grant;

const TENANT: &str = "x-tenant-id";
const REVOKED: Refusal = Refusal::InvalidToken("the bearer token was revoked");

/// Who a request says it is from. Nothing was looked up for that: a token's signature holds, and a tenant is a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) scope: Scope,
    grant: Option<Grant>,
}

impl Claim {
    /// What a request with these headers says.
    ///
    /// # Errors
    /// 400 for a tenant that is none, 401 for anything but one token of ours, 403 for a token of another tenant, 404
    /// for the shared pool where there is none.
    pub(crate) fn read(
        edge: &Edge,
        headers: &HeaderMap,
        tenancy: Tenancy,
        now: Timestamp,
    ) -> std::result::Result<Self, Error> {
        if tenancy == Tenancy::Unasked {
            return Ok(Self { scope: Scope::Shared, grant: None });
        }
        let named = tenant(headers)?;
        let grant = bearer(headers)?.map(|token| edge.verifier().verify(token, now)).transpose()?;
        let scope = scope(named, grant.as_ref())?;
        if scope == Scope::Shared && !edge.settings().shared_pool {
            return Err(Error::NoPool);
        }
        Ok(Self { scope, grant })
    }

    /// Whom its token speaks for.
    pub(crate) fn user(&self) -> Option<UserId> {
        self.grant.map(|grant| grant.user)
    }

    /// The caller, as the tables know it.
    ///
    /// # Errors
    /// 401 for a token that is void, 404 for a pool that is not there.
    pub(crate) async fn admit(self, edge: &Edge, tenancy: Tenancy, now: Timestamp) -> Result<Caller> {
        let user = match &self.grant {
            Some(grant) => Some(user(edge, grant, now).await?),
            None => None,
        };
        // A user is stored in the tenant, so the tenant of a signed-in caller exists.
        if tenancy == Tenancy::MustExist && user.is_none() {
            require_pool(edge, self.scope, now).await?;
        }
        Ok(Caller { scope: self.scope, user })
    }
}

/// The tenant the header names.
fn tenant(headers: &HeaderMap) -> Result<Option<TenantId>> {
    let parse = |text| TenantId::parse_named(text).map_err(|_| header::NotSingle);
    header::single(headers, TENANT).and_then(|value| value.map(parse).transpose()).map_err(|_| {
        Refusal::Malformed {
            detail: "the header X-Tenant-ID is not one hyphenated UUID".to_owned(),
            errors: vec![FieldError::new("X-Tenant-ID", "invalid_format", "Must be one hyphenated UUID.")],
        }
    })
}

/// The token of the `Authorization` header.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    const MUST: Refusal = Refusal::Unauthenticated("Authorization must carry exactly one bearer token");
    let Some(value) = header::single(headers, "authorization").map_err(|_| MUST)? else { return Ok(None) };
    let (scheme, token) = value.split_once(' ').ok_or(MUST)?;
    let token = token.trim_matches(' ');
    let is_one = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && !token.contains([' ', '\t']);
    if is_one { Ok(Some(token)) } else { Err(MUST) }
}

fn scope(named: Option<TenantId>, grant: Option<&Grant>) -> Result<Scope> {
    let named = named.map(Scope::Tenant);
    match (named, grant) {
        (Some(named), Some(grant)) if named != grant.scope => {
            Err(Refusal::Forbidden("the token is not good for the tenant in X-Tenant-ID".to_owned()))
        }
        (_, Some(grant)) => Ok(grant.scope),
        (named, None) => Ok(named.unwrap_or(Scope::Shared)),
    }
}

/// The token's subject with what it may do now: the token's scopes as far as its roles still hold them.
async fn user(edge: &Edge, grant: &Grant, now: Timestamp) -> Result<User> {
    let access = edge.user_access(grant.scope, grant.user, now).await?;
    let access = access.ok_or(Refusal::InvalidToken("the token's user does not exist"))?;
    if grant.issued_at < access.tokens_valid_from {
        return Err(REVOKED);
    }
    if let Some(family) = grant.family()
        && !edge.family_is_live(family, now).await?
    {
        return Err(REVOKED);
    }
    let permissions = grant.permissions.intersection(access.permissions);
    // A user agrees to scopes. Working for the tenant is none of them, so no client does it for them.
    let is_client = grant.session.is_some();
    Ok(User { id: grant.user, permissions, staff: access.staff && !is_client, is_client })
}

async fn require_pool(edge: &Edge, scope: Scope, now: Timestamp) -> Result<()> {
    match scope {
        Scope::Tenant(tenant) if !edge.tenant_exists(tenant, now).await? => Err(Refusal::NotFound("tenant")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
