//! Tries that never reach a receiver: there is none, or what is stored of it cannot be used. Each is in the delivery's
//! record like any other, so that none ends unseen among the dead letters.

use domain::delivery::{Attempt, Delivery, TryOutcome};
use domain::{Error, Result};
use platform::telemetry::Chain;
use platform::{clock, metrics};
use store::Commit;

use crate::App;
use crate::deliver::record;
use crate::receiver::Unreachable;

/// What the record says of a fault of our own.
const FAULT: &str = "internal";

/// Ends a delivery that has nowhere to go.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn end(app: &App, delivery: Delivery, unreachable: Unreachable) -> Result<()> {
    let tried = delivery.attempt;
    let delivery = match unreachable {
        Unreachable::Paused => delivery.pause(),
        Unreachable::Never(reason) => {
            let attempt = Attempt::unsent(tried, reason, clock::now());
            (app.observer)(&delivery, "", &attempt);
            delivery.give_up(attempt)
        }
    };
    let commit = app.store.delivery_replace(&delivery, tried, None).await?;
    tracing::debug!(delivery.ended = commit == Commit::Done, "a delivery has nowhere to go");
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
    let outcome = TryOutcome { attempt, succeeded: false, gone: false, retry_after_ms: None };
    record(app, delivery, None, outcome, hops).await
}
