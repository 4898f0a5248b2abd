//! An endpoint's record, written on transitions only: the first failure after a success, a success after failures,
//! `410 Gone`, and five days of nothing but failures, which switch it off.

use domain::event::{Event, EventType};
use domain::time::{DAY_MS, MINUTE_MS};
use domain::webhook::{Endpoint, EndpointStatus};
use domain::{Result, Timestamp};
use platform::{fault, metrics};

use crate::App;
use crate::operational;
use crate::receiver::Receiver;

/// Nothing but failures for this long switches an endpoint off.
const FAILING_MAX_MS: i64 = 5 * DAY_MS;
/// Whoever comes back after less was never missed.
const RECOVERED_AFTER_MS: i64 = MINUTE_MS;

/// What a try says of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It took the delivery.
    Well,
    /// It did not.
    Failing,
    /// It wants no more.
    Gone,
}

/// Notes a try on the endpoint, if that changes anything. Somebody else's change wins: the next try notes again.
pub(crate) async fn note(app: &App, receiver: &Receiver, health: Health, at: Timestamp) -> Result<()> {
    let Some(endpoint) = &receiver.endpoint else { return Ok(()) };
    let failing_since = endpoint.failing_since;
    let Some(changed) = after(endpoint, health, at) else { return Ok(()) };
    if changed.status != EndpointStatus::Enabled {
        metrics::count("EndpointDisabled", 1);
        operational::tell(app, &changed, &Event::of_endpoint(&changed, EventType::EndpointDisabled, at))
            .await?;
    } else if failing_since.is_some_and(|since| at.since_ms(since) >= RECOVERED_AFTER_MS) {
        operational::tell(app, &changed, &Event::of_endpoint(&changed, EventType::EndpointRecovered, at))
            .await?;
    }
    let commit = app.store.transaction().replace("endpoint", &changed).commit().await?;
    fault::point("deliver.after_note");
    tracing::debug!(endpoint.noted = commit == store::Commit::Done, "an endpoint's record changed");
    Ok(())
}

fn after(endpoint: &Endpoint, health: Health, at: Timestamp) -> Option<Endpoint> {
    let (status, failing_since) = match (health, endpoint.failing_since) {
        (Health::Well, None) => return None,
        (Health::Well, Some(_)) => (endpoint.status, None),
        (Health::Gone, since) => (EndpointStatus::Gone, since),
        (Health::Failing, None) => (endpoint.status, Some(at)),
        (Health::Failing, Some(since)) if at.since_ms(since) >= FAILING_MAX_MS => {
            (EndpointStatus::Failing, Some(since))
        }
        (Health::Failing, Some(_)) => return None,
    };
    Some(Endpoint { status, failing_since, version: endpoint.version + 1, ..endpoint.clone() })
}
