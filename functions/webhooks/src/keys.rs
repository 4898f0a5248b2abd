//! The keys that verify `v1a`: `GET /.well-known/webhook-keys`.

use domain::signature::public_key_text;
use serde::Serialize;
use web::Answer;

use crate::App;

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

/// The public half of the key that signs callbacks as `v1a`; never the key of tokens.
pub(crate) fn public_keys(app: &App) -> Answer {
    let key = app.edge.keys().webhook_key();
    let public_key = public_key_text(&key);
    let kid = public_key.chars().skip("whpk_".len()).take(8).collect();
    Answer::ok(PublicKeys { keys: [PublicKey { kid, algorithm: "ed25519", public_key }] })
        .header("cache-control", "public, max-age=300")
}
