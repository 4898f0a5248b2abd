//! `PATCH /v1/webhooks/{id}`: changes the members sent. Switching an endpoint on, or another URL, starts its record anew.

use domain::webhook::{Endpoint, EndpointStatus};
use domain::{Result, Timestamp};
use platform::sealed::Keyring;
use store::Commit;
use web::{Answer, Request};

use crate::App;
use crate::body::{EndpointBody, Parsed};
use crate::create::seal_headers;
use crate::endpoint::load;
use crate::view::EndpointView;

pub(crate) async fn update(app: &App, request: &Request) -> Result<Answer> {
    store::until_committed(async || {
        let endpoint = load(app, request).await?;
        request.if_match(endpoint.version)?;
        let parsed = request.json(|body: EndpointBody| body.parse(app, Some(endpoint.status)))?;
        let changed = apply(app.edge.keys(), endpoint, parsed, request.now);
        let commit = app.store.transaction().replace("endpoint", &changed).commit().await?;
        let answer = Answer::ok(EndpointView::of(app, &changed)?).version(changed.version);
        Ok((commit == Commit::Done).then_some(answer))
    })
    .await
}

fn apply(keys: &Keyring, endpoint: Endpoint, parsed: Parsed, now: Timestamp) -> Endpoint {
    let (scope, id, was_on) = (endpoint.scope, endpoint.id, endpoint.status == EndpointStatus::Enabled);
    let mut changed = Endpoint {
        version: endpoint.version + 1,
        updated_at: now.max(endpoint.updated_at.plus_ms(1)),
        ..endpoint
    };
    if let Some(url) = parsed.url {
        let context = Endpoint::context(scope, id, "url");
        // One that cannot be opened is mended like this.
        if keys.open(&context, &changed.url).map_or(true, |before| before.as_str() != url.as_str()) {
            changed.failing_since = None;
        }
        changed.url = keys.seal(&context, url.as_str());
        url.host().clone_into(&mut changed.host);
    }
    if let Some(headers) = parsed.headers {
        changed.headers = seal_headers(keys, scope, id, headers);
    }
    if parsed.status == Some(EndpointStatus::Enabled) && !was_on {
        changed.failing_since = None;
    }
    changed.subscription = parsed.subscription.unwrap_or(changed.subscription);
    changed.description = parsed.description.unwrap_or(changed.description);
    changed.rate = parsed.rate.unwrap_or(changed.rate);
    changed.signs_v1a = parsed.signs_v1a.unwrap_or(changed.signs_v1a);
    changed.schedule = parsed.schedule.unwrap_or(changed.schedule);
    changed.status = parsed.status.unwrap_or(changed.status);
    changed
}
