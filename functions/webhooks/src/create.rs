//! `POST /v1/webhooks`: registers an endpoint and shows its secret once.

use std::collections::BTreeMap;

use domain::caller::Permission;
use domain::id::{EndpointId, UserId};
use domain::retry::Schedule;
use domain::signature::WebhookSecret;
use domain::webhook::{
    ENDPOINTS_PER_TENANT_MAX, ENDPOINTS_PER_USER_MAX, Endpoint, EndpointSecret, EndpointStatus, Sealed,
};
use domain::{Error, Result, Scope, Timestamp};
use platform::sealed::Keyring;
use platform::{clock, fault};
use store::{Commit, EndpointGuard, IDEMPOTENCY_LEG};
use web::{Answer, Request};

use crate::App;
use crate::body::{EndpointBody, Parsed};
use crate::view::EndpointView;

pub(crate) async fn create(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::AdminWebhooks)?;
    let parsed = request.json(|body: EndpointBody| body.parse(app, None))?;
    let key = request.idempotency()?;
    let scope = request.caller.scope;
    let secret = WebhookSecret::of_key(&clock::random::<32>());
    let endpoint = build(app.edge.keys(), scope, user.id, parsed, &secret, request.now)?;
    let location = format!("/v1/webhooks/{}", endpoint.id);
    let mut view = EndpointView::of(app, &endpoint)?;
    // What is kept for a repeat has no secret in it.
    let record = key.map(|key| key.completed(&Answer::created(&location, &view).version(endpoint.version)));
    view.secret = Some(secret.expose().to_owned());
    store::until_committed(async || {
        let guard = pass(app, scope, user.id).await?;
        let transaction = app.store.transaction().create("endpoint", &endpoint).pass(&guard);
        fault::point("register.before_commit");
        let commit = transaction.idempotency(scope, record.as_ref(), request.now).commit().await?;
        fault::point("register.after_commit");
        if commit.refused_by(IDEMPOTENCY_LEG) {
            return Err(web::idempotency::in_use(request.now, request.now));
        }
        let answer = Answer::created(&location, &view).version(endpoint.version);
        Ok((commit == Commit::Done).then_some(answer))
    })
    .await
}

/// The guard that one more endpoint writes, if there may be one more. It is read before the endpoints are counted, so
/// whoever makes one meanwhile makes this one decide anew.
async fn pass(app: &App, scope: Scope, user: UserId) -> Result<EndpointGuard> {
    let max = match scope {
        Scope::Shared => ENDPOINTS_PER_USER_MAX,
        Scope::Tenant(_) => ENDPOINTS_PER_TENANT_MAX,
    };
    let guard = app.store.endpoint_guard_fetch(scope, user).await?;
    if guard.is_closed() {
        return Err(Error::InvalidToken("the token's user does not exist"));
    }
    if app.store.endpoints_fetch(scope, user).await?.count() < max {
        return Ok(guard.passed());
    }
    Err(Error::conflict("endpoint_limit_reached", format!("There may be at most {max} endpoints here.")))
}

fn build(
    keys: &Keyring,
    scope: Scope,
    owner: UserId,
    parsed: Parsed,
    secret: &WebhookSecret,
    now: Timestamp,
) -> Result<Endpoint> {
    let id = EndpointId::new(clock::fresh_id());
    let (Some(url), Some(subscription)) = (parsed.url, parsed.subscription) else {
        return Err(Error::fault("a checked body lacks its url"));
    };
    Ok(Endpoint {
        id,
        scope,
        owner,
        url: keys.seal(&Endpoint::context(scope, id, "url"), url.as_str()),
        host: url.host().to_owned(),
        subscription,
        description: parsed.description.flatten(),
        headers: seal_headers(keys, scope, id, parsed.headers.unwrap_or_default()),
        status: parsed.status.unwrap_or(EndpointStatus::Enabled),
        secrets: vec![EndpointSecret {
            sealed: keys.seal(&Endpoint::context(scope, id, "secret"), secret.expose()),
            expires_at: None,
        }],
        schedule: parsed.schedule.unwrap_or_else(Schedule::standard),
        rate: parsed.rate.flatten(),
        signs_v1a: parsed.signs_v1a.unwrap_or_default(),
        failing_since: None,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

/// Custom headers at rest: their values are often credentials.
pub(crate) fn seal_headers(
    keys: &Keyring,
    scope: Scope,
    id: EndpointId,
    headers: BTreeMap<String, String>,
) -> BTreeMap<String, Sealed> {
    let seal = |(name, value): (String, String)| {
        let sealed = keys.seal(&Endpoint::context(scope, id, &name), &value);
        (name, sealed)
    };
    headers.into_iter().map(seal).collect()
}
