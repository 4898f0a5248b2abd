//! The keys that verify deliveries: `GET /v1/webhooks/callback-secret` and `GET /.well-known/webhook-keys`.

use domain::Result;
use domain::caller::Permission;
use domain::id::RequestId;
use domain::signature::public_key_text;
use serde::Serialize;
use uuid::Uuid;
use web::{Answer, Request};

use crate::App;

#[derive(Serialize)]
struct CallbackSecret {
    secret: String,
}

#[derive(Serialize)]
struct PublicKeys {
    keys: [PublicKey; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PublicKey {
    kid: String,
    algorithm: &'static str,
    public_key: String,
}

/// The secret that signs the caller's callbacks. It belongs to whoever may ask for callbacks, so it asks for that
/// scope rather than for the administration of webhooks. No application gets it: it would hold the key to every callback of
/// its user, for good. The callbacks that it asks for it verifies by `v1a`.
pub(crate) fn callback_secret(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require_themself(Permission::WriteOrders)?;
    // A signed-in caller has one secret for all requests; the request's id counts for guests only.
    let any_request = RequestId::new(Uuid::nil());
    let secret = app.edge.keys().callback_secret(request.caller.scope, Some(user.id), any_request);
    Ok(Answer::ok(CallbackSecret { secret: secret.expose().to_owned() }).header("cache-control", "no-store"))
}

/// The public half of the key that signs callbacks as `v1a`; never the key of tokens.
pub(crate) fn public_keys(app: &App) -> Answer {
    let key = app.edge.keys().webhook_key();
    let public_key = public_key_text(&key);
    let kid = public_key.chars().skip("whpk_".len()).take(8).collect();
    Answer::ok(PublicKeys { keys: [PublicKey { kid, algorithm: "ed25519", public_key }] })
        .header("cache-control", "public, max-age=300")
}
