//! Where a delivery goes: its URL, secrets and lane.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::callback::{CallbackSecrets, url_context};
use domain::id::RequestId;
use domain::signature::{WebhookSecret, hmac_sha256};
use domain::target::TargetUrl;
use domain::webhook::{Endpoint, EndpointStatus, Sealed};
use domain::{Error, Result, Scope};
use platform::clock;

use crate::App;

/// A receiver that can be called now.
pub(crate) struct Receiver {
    pub(crate) url: TargetUrl,
    /// Every secret that signs now, the newest first.
    pub(crate) secrets: Vec<WebhookSecret>,
    /// The endpoint's own headers.
    pub(crate) headers: BTreeMap<String, String>,
    /// What shares the fate of this receiver: its endpoint at this URL, or for a callback its caller, host and path.
    pub(crate) lane: String,
    /// Scheme, host and port.
    pub(crate) origin: String,
    /// Who answers for the load: tenant or user.
    pub(crate) owner: String,
    /// The endpoint, for its record; `None` for a callback.
    pub(crate) endpoint: Option<Endpoint>,
}

/// Where a delivery goes.
#[derive(Clone)]
pub(crate) enum Destination {
    /// There.
    Receiver(Arc<Receiver>),
    /// Nowhere, and why.
    Nowhere(Unreachable),
}

/// Why a receiver cannot be called.
#[derive(Clone, Copy)]
pub(crate) enum Unreachable {
    /// The endpoint is switched off: the delivery is kept for later.
    Paused,
    /// It never can: the endpoint is gone, or its URL is not allowed here.
    Never(&'static str),
}

/// Whose secrets sign a callback.
pub(crate) enum Signs {
    /// A guest's request has its own.
    Request,
    /// Those of the user who asked.
    User(CallbackSecrets),
}

/// Where a callback goes.
///
/// # Errors
/// When its URL cannot be opened.
pub(crate) fn of_callback(
    app: &App,
    scope: Scope,
    request_id: RequestId,
    signs: Signs,
    url: &Sealed,
) -> Result<Destination> {
    let text = app.keys.open(&url_context(scope, request_id), url)?;
    let Ok(url) = TargetUrl::parse(&text, app.targets, &app.own_hosts) else {
        return Ok(Destination::Nowhere(Unreachable::Never("address_not_allowed")));
    };
    let (owner, secrets) = match signs {
        Signs::Request => (pool(scope), vec![app.keys.guest_callback_secret(request_id)]),
        Signs::User(secrets) => {
            let secret = |number| app.keys.callback_secret(scope, secrets.user, number);
            (secrets.user.to_string(), secrets.signing(clock::now()).map(secret).collect())
        }
    };
    Ok(Destination::Receiver(Arc::new(Receiver {
        secrets,
        headers: BTreeMap::new(),
        lane: lane(&owner, &url),
        origin: url.origin(),
        owner,
        endpoint: None,
        url,
    })))
}

/// Where an endpoint's deliveries go.
///
/// # Errors
/// When one of its secrets cannot be opened.
pub(crate) fn of_endpoint(app: &App, endpoint: Endpoint) -> Result<Destination> {
    if endpoint.status != EndpointStatus::Enabled {
        return Ok(Destination::Nowhere(Unreachable::Paused));
    }
    let open =
        |part: &str, sealed| app.keys.open(&Endpoint::context(endpoint.scope, endpoint.id, part), sealed);
    let Ok(url) = TargetUrl::parse(&open("url", &endpoint.url)?, app.targets, &app.own_hosts) else {
        return Ok(Destination::Nowhere(Unreachable::Never("address_not_allowed")));
    };
    let now = clock::now();
    let mut secrets = Vec::new();
    for secret in endpoint.secrets_at(now) {
        let text = open("secret", &secret.sealed)?;
        secrets.push(WebhookSecret::parse(&text).ok_or(Error::fault("a stored secret is none"))?);
    }
    let owner = match endpoint.scope {
        Scope::Tenant(tenant) => tenant.to_string(),
        Scope::Shared => endpoint.owner.to_string(),
    };
    let headers = endpoint.headers.iter().map(|(name, value)| Ok((name.clone(), open(name, value)?)));
    Ok(Destination::Receiver(Arc::new(Receiver {
        secrets,
        headers: headers.collect::<Result<_>>()?,
        lane: format!("{}.{}", endpoint.id, lane(&owner, &url)),
        origin: url.origin(),
        owner,
        endpoint: Some(endpoint),
        url,
    })))
}

/// A URL as a part of a lane. Its path may hold secrets, so only a hash of it is kept.
fn lane(owner: &str, url: &TargetUrl) -> String {
    let hash = hmac_sha256(owner.as_bytes(), &[url.lane_path().as_bytes()]);
    hex::encode(&hash[..16])
}

fn pool(scope: Scope) -> String {
    format!("guests of {scope}")
}
