//! A device asks whether its user has answered (RFC 8628 sections 3.4 and 3.5).

use domain::id::FamilyId;
use domain::oauth::{Client, DeviceCode, Family, Misuse, Polled, Refusal};
use domain::{Result, Timestamp};
use platform::{clock, fault};
use store::{Commit, UserAccess};
use web::Answer;

use crate::App;
use crate::fields::Fields;
use crate::refused::No;
use crate::{secrets, tokens};

const NOT_GOOD: Misuse =
    Misuse::Refused(Refusal::InvalidGrant("the device_code is not good, or not this client's"));

pub(crate) async fn poll(
    app: &App,
    client: &Client,
    fields: &Fields,
    now: Timestamp,
) -> std::result::Result<Answer, No> {
    let text = fields.required("device_code", "device_code is required")?;
    let outcome = match DeviceCode::parse(text, &secrets::device_key(app.edge.keys())) {
        Some(code) => ask(app, client, code, now).await?,
        None => Err(NOT_GOOD),
    };
    match outcome {
        Ok((family, access)) => Ok(tokens::answer(app, &family, &access, family.consent.permissions, now)?),
        Err(misuse) => Err(tokens::misused(app, misuse, now).await),
    }
}

async fn ask(
    app: &App,
    client: &Client,
    code: DeviceCode,
    now: Timestamp,
) -> Result<std::result::Result<(Family, UserAccess), Misuse>> {
    let fresh = (FamilyId::new(clock::fresh_id()), clock::fresh_id());
    store::until_committed(async || {
        let Some(device) = app.store.device_fetch(code.scope, code.device).await? else {
            return Ok(Some(Err(NOT_GOOD)));
        };
        match device.poll(client.reference(), fresh, now) {
            Err(Misuse::Replayed(family)) if family.id == fresh.0 => {
                Ok(Some(tokens::begun(app, family, now).await?.ok_or(NOT_GOOD)))
            }
            Err(misuse) => Ok(Some(Err(misuse))),
            Ok(Polled::Wait(device, refusal)) => {
                let commit = app.store.transaction().replace("device", &device).commit().await?;
                Ok((commit == Commit::Done).then_some(Err(Misuse::Refused(refusal))))
            }
            Ok(Polled::Done(device, family)) => {
                let Some(access) = tokens::still_holds(app, &family.consent).await? else {
                    return Ok(Some(Err(NOT_GOOD)));
                };
                let transaction =
                    app.store.transaction().replace("device", &device).create("family", &family);
                fault::point("poll.before_commit");
                let commit = transaction.commit().await?;
                fault::point("poll.after_commit");
                Ok((commit == Commit::Done).then_some(Ok((family, access))))
            }
        }
    })
    .await
}
