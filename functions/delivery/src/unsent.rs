//! Tries that never reach a receiver: there is none, or what is stored of it cannot be used. Each is in the delivery's
//! record like any other, so that none ends unseen among the dead letters.

use domain::delivery::{Attempt, Delivery, DeliveryStatus, TryOutcome};
use domain::event::Event;
use domain::webhook::Endpoint;
use domain::{Error, Result};
use platform::telemetry::Chain;
use platform::{clock, metrics};
use store::Commit;

use crate::App;
use crate::deliver::record;
use crate::operational;
use crate::receiver::Unreachable;

/// What the record says of a fault of our own.
const FAULT: &str = "internal";
/// What the record says of a receiver that was never well again.
const UNAVAILABLE: &str = "receiver_unavailable";

/// Ends a delivery that has nowhere to go.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn end(app: &App, delivery: Delivery, unreachable: Unreachable) -> Result<()> {
    let (tried, before) = (delivery.attempt, delivery.due);
    let delivery = match unreachable {
        Unreachable::Paused => delivery.pause(clock::now()),
        Unreachable::Never(reason) => {
            let attempt = Attempt::unsent(tried, reason, clock::now());
            (app.observer)(&delivery, "", &attempt);
            delivery.give_up(attempt)
        }
    };
    let commit = app.store.delivery_replace(&delivery, tried, before).await?;
    if commit == Commit::Done && delivery.status == DeliveryStatus::Failed {
        app.tally.gave_up();
    }
    Ok(())
}

/// Gives a delivery up whose receiver has been left alone until long after its schedule.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn expire(app: &App, delivery: Delivery, endpoint: Option<&Endpoint>) -> Result<()> {
    let (tried, before, now) = (delivery.attempt, delivery.due, clock::now());
    let attempt = Attempt::unsent(tried, UNAVAILABLE, now);
    (app.observer)(&delivery, "", &attempt);
    let delivery = delivery.give_up(attempt);
    if let Some(endpoint) = endpoint {
        operational::tell(app, endpoint, &Event::exhausted(endpoint, &delivery, now)).await?;
    }
    if app.store.delivery_replace(&delivery, tried, before).await? == Commit::Done {
        app.tally.gave_up();
    }
    Ok(())
}

/// Counts a try that a fault of our own prevented, as when a secret cannot be opened: it follows its schedule, and
/// whoever mends the fault in that time loses nothing.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn fail(app: &App, delivery: Delivery, hops: u8, error: &Error) -> Result<()> {
    metrics::count("DeliveryUnsendable", 1);
    tracing::error!(error = %Chain(error), "a delivery cannot be made ready to be sent");
    let attempt = Attempt::unsent(delivery.attempt, FAULT, clock::now());
    (app.observer)(&delivery, "", &attempt);
    let outcome = TryOutcome { attempt, retry_after_ms: None };
    record(app, delivery, None, outcome, hops).await
}
