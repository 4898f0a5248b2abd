//! What a batch of messages is about, read together at its beginning: the rows and a tenant's endpoints in one call,
//! other endpoints, which are found by their owners, in another. All of it is read anew for each batch, so that a
//! changed endpoint counts at once.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use aws_lambda_events::sqs::SqsEvent;
use domain::delivery::{Delivery, DeliveryId, Target};
use domain::id::EndpointId;
use domain::webhook::Endpoint;
use domain::{Error, Result, Scope};
use platform::clock;
use platform::telemetry::Chain;
use queue::DeliveryMessage;
use store::{EndpointKey, Fetched};

use crate::App;
use crate::receiver::{self, Destination, Unreachable};

/// What was read for a batch.
pub(crate) struct Loaded {
    deliveries: Mutex<HashMap<(Scope, DeliveryId), Result<Delivery>>>,
    destinations: HashMap<EndpointId, Found>,
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
    if !missing.is_empty() {
        endpoints.extend(app.store.endpoints_fetch_each(missing).await?.endpoints);
    }
    let destinations = wanted.into_iter().map(|(_, _, id)| (id, found(app, endpoints.remove(&id)))).collect();
    Ok(Loaded { deliveries: Mutex::new(deliveries), destinations })
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
                receiver::of_callback(app, delivery.scope, *request_id, *caller, url)
            }
            Target::Endpoint { id, .. } => {
                let found = self.destinations.get(id).cloned().flatten();
                found.ok_or(Error::fault("an endpoint that cannot be read"))
            }
        }
    }
}
