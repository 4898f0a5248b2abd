//! `POST /v1/webhooks/{id}/secret`: a new secret; the old ones sign along for a day, so that a receiver can change over
//! at its leisure.

use domain::Result;
use domain::signature::WebhookSecret;
use domain::webhook::Endpoint;
use platform::clock;
use store::Commit;
use web::{Answer, Request};

use crate::App;
use crate::endpoint::load;
use crate::view::EndpointView;

pub(crate) async fn rotate(app: &App, request: &Request) -> Result<Answer> {
    store::until_committed(async || {
        let endpoint = load(app, request).await?;
        request.if_match(endpoint.version)?;
        let secret = WebhookSecret::of_key(&clock::random::<32>());
        let context = Endpoint::context(endpoint.scope, endpoint.id, "secret");
        let changed = endpoint.rotate(app.edge.keys().seal(&context, secret.expose()), request.now)?;
        let commit = app.store.transaction().replace("endpoint", &changed).commit().await?;
        let mut view = EndpointView::of(app, &changed)?;
        view.secret = Some(secret.expose().to_owned());
        let answer = Answer::ok(view).version(changed.version);
        Ok((commit == Commit::Done).then_some(answer))
    })
    .await
}
