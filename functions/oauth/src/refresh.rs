//! A refresh token becomes new tokens (RFC 6749 section 6, RFC 9700 section 4.14.2), once. One that comes again voids its
//! family, be it stolen, or sent again because an answer was lost: nobody can tell.

use domain::caller::Permissions;
use domain::oauth::{Client, Family, Misuse, RefreshToken, Refusal, narrowed};
use domain::{Result, Timestamp};
use platform::{clock, fault};
use store::{Commit, UserAccess};
use web::Answer;

use crate::App;
use crate::fields::Fields;
use crate::refused::No;
use crate::{secrets, tokens};

const NOT_GOOD: Misuse =
    Misuse::Refused(Refusal::InvalidGrant("the token is not good, or not this client's"));

/// What a refresh leads to.
struct Refreshed {
    family: Family,
    access: UserAccess,
    permissions: Permissions,
}

pub(crate) async fn refresh(
    app: &App,
    client: &Client,
    fields: &Fields,
    now: Timestamp,
) -> std::result::Result<Answer, No> {
    let text = fields.required("refresh_token", "refresh_token is required")?;
    let presented = RefreshToken::parse(text, &secrets::refresh_key(app.edge.keys()));
    let outcome = match presented {
        Some(presented) => rotate(app, client, presented, fields.get("scope")?, now).await?,
        None => Err(NOT_GOOD),
    };
    match outcome {
        Ok(done) => Ok(tokens::answer(app, &done.family, &done.access, done.permissions, now)?),
        Err(misuse) => Err(tokens::misused(app, misuse, now).await),
    }
}

async fn rotate(
    app: &App,
    client: &Client,
    presented: RefreshToken,
    scope: Option<&str>,
    now: Timestamp,
) -> Result<std::result::Result<Refreshed, Misuse>> {
    let token = clock::fresh_id();
    store::until_committed(async || {
        let Some(family) = app.store.family_fetch(presented.family).await? else {
            return Ok(Some(Err(NOT_GOOD)));
        };
        // A token of before is a replay, whatever else is wrong with the request.
        let family = match family.refresh(presented.generation, client.reference(), token, now) {
            Ok(family) => family,
            Err(misuse) => return Ok(Some(Err(misuse))),
        };
        let permissions = match narrowed(scope, family.consent.permissions) {
            Ok(permissions) => permissions,
            Err(refusal) => return Ok(Some(Err(Misuse::Refused(refusal)))),
        };
        let Some(access) = tokens::still_holds(app, &family.consent).await? else {
            return Ok(Some(Err(NOT_GOOD)));
        };
        fault::point("refresh.before_commit");
        let commit = app.store.transaction().replace("family", &family).commit().await?;
        fault::point("refresh.after_commit");
        Ok((commit == Commit::Done).then_some(Ok(Refreshed { family, access, permissions })))
    })
    .await
}
