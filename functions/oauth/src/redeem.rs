//! A code becomes tokens (RFC 6749 section 4.1.3), once. Of two who bring one code at the same time the first gets tokens,
//! and the second voids them: one of them is not the client.

use domain::id::FamilyId;
use domain::oauth::{Client, Family, Misuse, Refusal};
use domain::{Result, Timestamp};
use platform::{clock, fault};
use store::{Commit, UserAccess};
use web::Answer;

use crate::App;
use crate::fields::Fields;
use crate::refused::No;
use crate::{secrets, tokens};

const NOT_GOOD: Misuse = Misuse::Refused(Refusal::InvalidGrant("the code is not good, or not this client's"));

/// What a client brings.
struct Brought {
    hash: String,
    redirect: String,
    verifier: String,
}

pub(crate) async fn redeem(
    app: &App,
    client: &Client,
    fields: &Fields,
    now: Timestamp,
) -> std::result::Result<Answer, No> {
    let brought = Brought {
        hash: secrets::hash(fields.required("code", "code is required")?),
        redirect: fields.required("redirect_uri", "redirect_uri is required")?.to_owned(),
        verifier: fields.required("code_verifier", "code_verifier is required")?.to_owned(),
    };
    match spend(app, client, &brought, now).await? {
        Ok((family, access)) => Ok(tokens::answer(app, &family, &access, family.consent.permissions, now)?),
        Err(misuse) => Err(tokens::misused(app, misuse, now).await),
    }
}

async fn spend(
    app: &App,
    client: &Client,
    brought: &Brought,
    now: Timestamp,
) -> Result<std::result::Result<(Family, UserAccess), Misuse>> {
    let fresh = (FamilyId::new(clock::fresh_id()), clock::fresh_id());
    store::until_committed(async || {
        let Some(code) = app.store.code_fetch(client.reference(), &brought.hash).await? else {
            return Ok(Some(Err(NOT_GOOD)));
        };
        let (spent, family) = match code.redeem(&brought.redirect, &brought.verifier, fresh, now) {
            Ok(redeemed) => redeemed,
            Err(Misuse::Replayed(family)) if family.id == fresh.0 => {
                return Ok(Some(tokens::begun(app, family, now).await?.ok_or(NOT_GOOD)));
            }
            Err(misuse) => return Ok(Some(Err(misuse))),
        };
        let Some(access) = tokens::still_holds(app, &family.consent).await? else {
            return Ok(Some(Err(NOT_GOOD)));
        };
        let transaction = app.store.transaction().replace("code", &spent).create("family", &family);
        fault::point("redeem.before_commit");
        let commit = transaction.commit().await?;
        fault::point("redeem.after_commit");
        Ok((commit == Commit::Done).then_some(Ok((family, access))))
    })
    .await
}
