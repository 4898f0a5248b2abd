//! `GET` and `POST /v1/webhooks/callback-secret`: what signs the caller's callbacks, and a new one in its place; the old
//! ones sign along for a day.

use domain::Result;
use domain::callback::CallbackSecrets;
use domain::caller::Permission;
use domain::id::UserId;
use serde::Serialize;
use store::Commit;
use web::{Answer, Request};

use crate::App;

#[derive(Serialize)]
struct CallbackSecret {
    secret: String,
}

/// Reads it.
pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let user = holder(request)?;
    Ok(answer(app, &app.store.callback_secrets_fetch(request.caller.scope, user).await?))
}

/// Makes a new one.
pub(crate) async fn rotate(app: &App, request: &Request) -> Result<Answer> {
    let user = holder(request)?;
    store::until_committed(async || {
        let secrets = app.store.callback_secrets_fetch(request.caller.scope, user).await?;
        let secrets = secrets.rotate(request.now)?;
        let commit = app.store.transaction().callback_secrets(&secrets).commit().await?;
        Ok((commit == Commit::Done).then(|| answer(app, &secrets)))
    })
    .await
}

/// Whose secret it is. It belongs to whoever may ask for callbacks, so it asks for that scope rather than for the
/// administration of webhooks. No application gets it: it would hold the key to every callback of its user. The
/// callbacks that it asks for it verifies by `v1a`.
fn holder(request: &Request) -> Result<UserId> {
    Ok(request.caller.require_themself(Permission::WriteOrders)?.id)
}

fn answer(app: &App, secrets: &CallbackSecrets) -> Answer {
    let secret = app.edge.keys().callback_secret(secrets.scope, secrets.user, secrets.newest);
    Answer::ok(CallbackSecret { secret: secret.expose().to_owned() }).header("cache-control", "no-store")
}
