//! Fanning out: one row for each target of an event, then messages.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::callback::CallbackRequest;
use domain::delivery::{Delivery, Due};
use domain::event::Event;
use domain::id::UserId;
use domain::payment::{Payment, ReceiptLink};
use domain::webhook::Endpoint;
use domain::{Error, Result, Scope, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, fault};
use queue::{DeliveryMessage, Outgoing, QueueName};
use store::image::Image;
use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use crate::App;

/// The endpoints of a pool (in the shared pool of a user), read once per batch and consistently: an endpoint made
/// before the batch came is known to it.
#[derive(Default)]
pub(crate) struct Endpoints(Mutex<HashMap<Hearers, Arc<Pool>>>);

/// Who hears of an event: a tenant's endpoints, or in the shared pool one user's.
type Hearers = (Scope, Option<UserId>);
/// Their endpoints, once they are read.
type Pool = OnceCell<Arc<store::Endpoints>>;

/// What became of a record.
#[derive(Default)]
pub(crate) struct Made {
    /// Deliveries that wait for a message, and the queue for it.
    pub(crate) first: Vec<(QueueName, Delivery)>,
    /// What is wrong with an endpoint that may have had to hear of it, and cannot be read.
    pub(crate) passed_over: Option<String>,
}

impl Endpoints {
    async fn of(&self, app: &App, scope: Scope, owner: Option<UserId>) -> Result<Arc<store::Endpoints>> {
        let (key, reader) = match (scope, owner) {
            (Scope::Tenant(_), _) => ((scope, None), UserId::new(Uuid::nil())),
            (Scope::Shared, Some(owner)) => ((scope, Some(owner)), owner),
            // A guest's order in the shared pool is nobody's to hear of.
            (Scope::Shared, None) => return Ok(Arc::default()),
        };
        let cell = self.0.lock().await.entry(key).or_default().clone();
        cell.get_or_try_init(async || app.store.endpoints_fetch(scope, reader).await.map(Arc::new))
            .await
            .cloned()
    }
}

/// Makes the rows of everything that `image` tells, each if it is absent.
///
/// # Errors
/// When DynamoDB fails; the record then comes again.
pub(crate) async fn rows(app: &App, endpoints: &Endpoints, image: &Image) -> Result<Made> {
    let (now, mut passed_over, mut failing) = (clock::now(), None, HashSet::new());
    let mut deliveries = match image {
        Image::Callback(request) => callback(request, now)?.into_iter().collect::<Vec<_>>(),
        other => {
            let mut all = Vec::new();
            for event in events_of(app, other) {
                let targets = endpoints.of(app, event.scope, event.owner).await?;
                all.extend(webhooks(&event, &targets.readable, now)?);
                let fails = targets.readable.iter().filter(|endpoint| endpoint.only_fails(now));
                failing.extend(fails.map(|endpoint| endpoint.id.uuid()));
                passed_over =
                    targets.unreadable.first().map(|error| Chain(error).to_string()).or(passed_over);
            }
            all
        }
    };
    fault::point("fan_out.before_rows");
    // Rows that are there already were made by an earlier run, whose messages may be lost.
    for made in app.store.deliveries_create(&deliveries).await? {
        tracing::trace!(delivery.made = made == store::Commit::Done, "a row");
        fault::point("fan_out.after_row");
    }
    fault::point("fan_out.after_rows");
    deliveries.retain(|delivery| !delivery.is_final());
    // Whoever only fails may hang: its first tries stand behind retries, not before those of the others.
    let queue = |delivery: &Delivery| match failing.contains(&delivery.id.target()) {
        true => QueueName::Slow,
        false => QueueName::Deliveries,
    };
    let first = deliveries.into_iter().map(|delivery| (queue(&delivery), delivery)).collect();
    Ok(Made { first, passed_over })
}

/// Sends a first message for each row. What the queue does not take is not lost: its row's `due` brings it back.
pub(crate) async fn announce(app: &App, made: &[(QueueName, Delivery)]) {
    let to = |queue| made.iter().filter(move |(to, _)| *to == queue).map(|(_, delivery)| message(delivery));
    tokio::join!(
        send(app, QueueName::Deliveries, to(QueueName::Deliveries).collect()),
        send(app, QueueName::Slow, to(QueueName::Slow).collect())
    );
}

async fn send(app: &App, queue: QueueName, messages: Vec<Outgoing>) {
    if messages.is_empty() {
        return;
    }
    fault::point("fan_out.before_send");
    if let Err(error) = app.queues.send(queue, &messages).await {
        tracing::warn!(error = %Chain(&error), "some deliveries wait for the sweeper");
    }
    fault::point("fan_out.after_send");
}

fn message(delivery: &Delivery) -> Outgoing {
    let message = DeliveryMessage { scope: delivery.scope, delivery_id: delivery.id, attempt: 1, hops: 0 };
    Outgoing::new(message, 0)
}

fn events_of(app: &App, image: &Image) -> Vec<Event> {
    match image {
        Image::Order(order) => Event::of_order(order),
        Image::Payment(payment) => Event::of_payment(payment, |payment| receipt_url(app, payment)),
        Image::Pet(pet) => Event::of_pet(pet),
        Image::Callback(_) => Vec::new(),
    }
}

fn receipt_url(app: &App, payment: &Payment) -> String {
    let at = payment.settled_at.unwrap_or(payment.created_at);
    let id = domain::id::ReceiptId::of(payment.order_id);
    ReceiptLink::sign(&app.receipt_key, id, payment.scope, at).url(&app.public_base_url)
}

fn webhooks(event: &Event, endpoints: &[Endpoint], now: Timestamp) -> Result<Vec<Delivery>> {
    let hearing: Vec<_> = endpoints.iter().filter(|endpoint| endpoint.hears(event)).collect();
    if hearing.is_empty() {
        return Ok(Vec::new());
    }
    let body = event.render().map_err(|error| Error::internal("event body", error))?;
    let first = Due::sent(now, 0);
    Ok(hearing.into_iter().map(|to| Delivery::webhook(event, to, body.clone(), first, now)).collect())
}

/// The delivery of a settled request's result.
fn callback(request: &CallbackRequest, now: Timestamp) -> Result<Option<Delivery>> {
    let body = request.render().map_err(|error| Error::internal("callback body", error))?;
    Ok(body.map(|body| Delivery::callback(request, body, Due::sent(now, 0), now)))
}
