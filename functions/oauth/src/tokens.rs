//! The tokens that follow from a consent, and what voids them.

use domain::caller::Permissions;
use domain::oauth::{Consent, Family, FamilyRef, Misuse, RefreshToken, Refusal};
use domain::time::MINUTE_MS;
use domain::{Result, Timestamp};
use serde::Serialize;
use store::UserAccess;
use web::Answer;
use web::token::{Session, issue_to};

use crate::App;
use crate::refused::No;
use crate::secrets;

/// How long an access token is good, in seconds.
const LIFETIME_SECS: i64 = 15 * MINUTE_MS / 1_000;

/// RFC 6749 section 5.1.
#[derive(Serialize)]
struct TokensView {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    scope: String,
}

/// What the user of a consent may do now; `None` when the user is gone, or has voided what is older than now.
pub(crate) async fn still_holds(app: &App, consent: &Consent) -> Result<Option<UserAccess>> {
    let access = app.store.user_access_fetch(consent.client.scope, consent.user).await?;
    Ok(access.filter(|access| consent.signed_in_at >= access.tokens_valid_from))
}

/// The family that this very request began, where its code is spent on it already: the commit was applied, and only the
/// answer was lost. Nobody else knows the family's id, so this is no second use.
pub(crate) async fn begun(
    app: &App,
    family: FamilyRef,
    now: Timestamp,
) -> Result<Option<(Family, UserAccess)>> {
    let family = app.store.family_fetch(family).await?.filter(|family| family.is_live(now));
    let Some(family) = family else { return Ok(None) };
    Ok(still_holds(app, &family.consent).await?.map(|access| (family, access)))
}

/// The answer with the family's current tokens; the access token is for `permissions`, as far as the user still has them.
pub(crate) fn answer(
    app: &App,
    family: &Family,
    access: &UserAccess,
    permissions: Permissions,
    now: Timestamp,
) -> Result<Answer> {
    let client = family.consent.client;
    let named = (family.token, Some(Session { family: family.id, client }));
    let issued = issue_to(&app.edge, access, permissions, LIFETIME_SECS, named, now)?;
    let refresh = RefreshToken { family: family.reference(), generation: family.generation };
    Ok(Answer::ok(TokensView {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: LIFETIME_SECS,
        refresh_token: refresh.text(&secrets::refresh_key(app.edge.keys())),
        scope: permissions.intersection(access.permissions).to_string(),
    })
    // Beside `no-store`, as section 5.1 has it.
    .header("pragma", "no-cache"))
}

/// What follows from a code or token that is not taken.
pub(crate) async fn misused(app: &App, misuse: Misuse, now: Timestamp) -> No {
    match misuse {
        Misuse::Refused(refusal) => No::Refused(refusal),
        Misuse::Replayed(family) => match revoke(app, family, now).await {
            Ok(()) => {
                tracing::warn!(family = %family.id, "a code or token was used twice: what came of it is void");
                No::Refused(Refusal::InvalidGrant("it was used before; what came of it is void"))
            }
            Err(error) => No::Failed(error),
        },
    }
}

/// Voids a family, here at once and elsewhere within a minute.
pub(crate) async fn revoke(app: &App, family: FamilyRef, now: Timestamp) -> Result<()> {
    app.store.family_revoke(family).await?;
    app.edge.family_revoked(family, now);
    Ok(())
}
