//! An endpoint's record, written when a try changes it.

use domain::event::Event;
use domain::webhook::{Change, EndpointStatus, Health};
use domain::{Result, Timestamp};
use platform::{fault, metrics};

use crate::App;
use crate::operational;
use crate::receiver::Receiver;

/// Notes a try on the endpoint, if that changes anything. Somebody else's change wins: the next try notes again.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn note(app: &App, receiver: &Receiver, health: Health, at: Timestamp) -> Result<()> {
    let change = receiver.endpoint.as_ref().and_then(|endpoint| endpoint.after_try(health, at));
    let Some(Change { endpoint, told }) = change else { return Ok(()) };
    if endpoint.status != EndpointStatus::Enabled {
        metrics::count("EndpointDisabled", 1);
    }
    if let Some(event_type) = told {
        operational::tell(app, &endpoint, &Event::of_endpoint(&endpoint, event_type, at)).await?;
    }
    let commit = app.store.transaction().replace("endpoint", &endpoint).commit().await?;
    fault::point("deliver.after_note");
    tracing::debug!(endpoint.noted = commit == store::Commit::Done, "an endpoint's record changed");
    Ok(())
}
