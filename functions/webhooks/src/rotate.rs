//! `POST /v1/webhooks/{id}/secret`: a new secret; the old ones sign along for a day, so that a receiver can change over
//! at its leisure.

use domain::signature::WebhookSecret;
use domain::time::DAY_MS;
use domain::webhook::{Endpoint, EndpointSecret};
use domain::{Error, Result, Timestamp};
use platform::clock;
use platform::sealed::Keyring;
use store::Commit;
use web::{Answer, Request};

use crate::App;
use crate::endpoint::load;
use crate::view::EndpointView;

/// How long an old secret signs along.
const OVERLAP_MS: i64 = DAY_MS;
/// Secrets that sign at the same time: each is a signature in every delivery's header.
const SECRETS_MAX: usize = 5;

pub(crate) async fn rotate(app: &App, request: &Request) -> Result<Answer> {
    store::until_committed(async || {
        let endpoint = load(app, request).await?;
        request.if_match(endpoint.version)?;
        let secret = WebhookSecret::of_key(&clock::random::<32>());
        let changed = rotated(app.edge.keys(), endpoint, &secret, request.now)?;
        let commit = app.store.transaction().replace("endpoint", &changed).commit().await?;
        let mut view = EndpointView::of(app, &changed)?;
        view.secret = Some(secret.expose().to_owned());
        let answer = Answer::ok(view).version(changed.version);
        Ok((commit == Commit::Done).then_some(answer))
    })
    .await
}

fn rotated(keys: &Keyring, endpoint: Endpoint, secret: &WebhookSecret, now: Timestamp) -> Result<Endpoint> {
    let context = Endpoint::context(endpoint.scope, endpoint.id, "secret");
    let until = now.plus_ms(OVERLAP_MS);
    let old = endpoint
        .secrets
        .iter()
        .cloned()
        .map(|old| EndpointSecret { expires_at: Some(old.expires_at.unwrap_or(until)), ..old });
    let newest = EndpointSecret { sealed: keys.seal(&context, secret.expose()), expires_at: None };
    let secrets: Vec<_> = std::iter::once(newest)
        .chain(old.filter(|old| old.expires_at.is_some_and(|end| now < end)))
        .collect();
    if secrets.len() > SECRETS_MAX {
        return Err(Error::conflict("endpoint_secrets_exceeded", "Wait until an older secret has expired."));
    }
    let updated_at = now.max(endpoint.updated_at.plus_ms(1));
    Ok(Endpoint { secrets, updated_at, version: endpoint.version + 1, ..endpoint })
}
