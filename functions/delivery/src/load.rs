//! What a batch of messages is about, read together at its beginning: the rows and a tenant's endpoints in one call,
//! other endpoints, which are found by their owners, in another. All of it is read anew for each batch, so that a
//! changed endpoint counts at once.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use aws_lambda_events::sqs::SqsEvent;
use domain::callback::CallbackSecrets;
use domain::delivery::{Delivery, DeliveryId, Target};
use domain::id::{EndpointId, UserId};
use domain::webhook::Endpoint;
use domain::{Error, Result, Scope};
use platform::clock;
use platform::telemetry::Chain;
use queue::DeliveryMessage;
use store::{EndpointKey, Fetched};

use crate::App;
use crate::receiver::{self, Destination, Signs, Unreachable};

/// What was read for a batch.
pub(crate) struct Loaded {
    deliveries: Mutex<HashMap<(Scope, DeliveryId), Result<Delivery>>>,
    destinations: HashMap<EndpointId, Found>,
    callback_secrets: HashMap<(Scope, UserId), Result<CallbackSecrets>>,
}

/// Where an endpoint's deliveries go; `None` for one that nobody can read.
type Found = Option<Destination>;

/// Reads what the messages of `event` name.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn load(app: &App, event: &SqsEvent) -> Result<Loaded> {
    // A message that cannot be read is told of when its turn comes.
    let messages = event.records.iter().filter_map(|record| record.body.as_deref());
    let messages = messages.filter_map(|body| DeliveryMessage::parse(body).ok());
    let ids = messages.map(|message| (message.scope, message.delivery_id));
    let Fetched { deliveries, mut endpoints } = app.store.deliveries_fetch(ids).await?;
    let wanted: HashSet<_> = deliveries.values().flatten().filter_map(endpoint_of).collect();
    let missing: HashSet<_> =
        wanted.iter().filter(|(_, _, id)| !endpoints.contains_key(id)).copied().collect();
    let callers: HashSet<_> = deliveries.values().flatten().filter_map(caller_of).collect();
    let (others, callback_secrets) =
        tokio::try_join!(others(app, missing), callback_secrets(app, callers.into_iter().collect()))?;
    endpoints.extend(others);
    let destinations = wanted.into_iter().map(|(_, _, id)| (id, found(app, endpoints.remove(&id)))).collect();
    Ok(Loaded { deliveries: Mutex::new(deliveries), destinations, callback_secrets })
}

async fn others(app: &App, ids: HashSet<EndpointKey>) -> Result<HashMap<EndpointId, Result<Endpoint>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(app.store.endpoints_fetch_each(ids).await?.endpoints)
}

async fn callback_secrets(
    app: &App,
    callers: Vec<(Scope, UserId)>,
) -> Result<HashMap<(Scope, UserId), Result<CallbackSecrets>>> {
    if callers.is_empty() {
        return Ok(HashMap::new());
    }
    app.store.callback_secrets_fetch_each(&callers).await
}

/// Who asked for a callback.
fn caller_of(delivery: &Delivery) -> Option<(Scope, UserId)> {
    match &delivery.target {
        Target::Callback { caller: Some(user), .. } if !delivery.is_final() => Some((delivery.scope, *user)),
        _ => None,
    }
}

fn endpoint_of(delivery: &Delivery) -> Option<EndpointKey> {
    match &delivery.target {
        Target::Endpoint { id, owner } if !delivery.is_final() => Some((delivery.scope, *owner, *id)),
        _ => None,
    }
}

fn found(app: &App, endpoint: Option<Result<Endpoint>>) -> Found {
    let Some(endpoint) = endpoint else {
        return Some(Destination::Nowhere(Unreachable::Never("endpoint_deleted")));
    };
    let destination = endpoint.and_then(|endpoint| receiver::of_endpoint(app, endpoint));
    destination.inspect_err(|error| tracing::error!(error = %Chain(error), "an endpoint cannot be read")).ok()
}

impl Loaded {
    /// The delivery that awaits `message`; `None` for a leftover, and for a second copy of a message.
    ///
    /// # Errors
    /// When its row cannot be read.
    pub(crate) fn take(&self, message: &DeliveryMessage) -> Result<Option<Delivery>> {
        let id = (message.scope, message.delivery_id);
        let mut deliveries = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        match deliveries.get(&id) {
            None => tracing::debug!("a message without a row, or a second copy of one"),
            Some(Ok(delivery)) if !delivery.awaits(message.attempt, clock::now()) => {}
            Some(_) => return deliveries.remove(&id).transpose(),
        }
        Ok(None)
    }

    /// Where `delivery` goes.
    ///
    /// # Errors
    /// When what it goes by cannot be read.
    pub(crate) fn destination(&self, app: &App, delivery: &Delivery) -> Result<Destination> {
        match &delivery.target {
            Target::Callback { request_id, caller, url, .. } => {
                let signs = match caller {
                    Some(user) => Signs::User(self.secrets_of(delivery.scope, *user)?),
                    None => Signs::Request,
                };
                receiver::of_callback(app, delivery.scope, *request_id, signs, url)
            }
            Target::Endpoint { id, .. } => {
                let found = self.destinations.get(id).cloned().flatten();
                found.ok_or(Error::fault("an endpoint that cannot be read"))
            }
        }
    }

    fn secrets_of(&self, scope: Scope, user: UserId) -> Result<CallbackSecrets> {
        match self.callback_secrets.get(&(scope, user)) {
            None => Ok(CallbackSecrets::first(scope, user)),
            Some(Ok(secrets)) => Ok(secrets.clone()),
            Some(Err(_)) => Err(Error::fault("a user's callback secrets cannot be read")),
        }
    }
}
