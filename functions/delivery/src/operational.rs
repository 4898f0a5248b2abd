//! Telling those who run a receiver what became of its deliveries: to every endpoint that wants to hear of it, but never
//! to the one it is about.
//!
//! Rows come before what they tell is written: a crash between tells it twice under one id, which makes one row. Their
//! messages are the sweeper's to send.

use domain::delivery::{Delivery, Due};
use domain::event::Event;
use domain::webhook::Endpoint;
use domain::{Error, Result};
use platform::clock;

use crate::App;

/// Makes a row for each endpoint that hears of `event`, which is about `subject`.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn tell(app: &App, subject: &Endpoint, event: &Event) -> Result<()> {
    let endpoints = app.store.endpoints_fetch(subject.scope, subject.owner).await?;
    let hearing: Vec<_> = endpoints
        .readable
        .iter()
        .filter(|endpoint| endpoint.id != subject.id && endpoint.hears(event))
        .collect();
    if hearing.is_empty() {
        return Ok(());
    }
    let body = event.render().map_err(|error| Error::internal("event body", error))?;
    let now = clock::now();
    for endpoint in hearing {
        let delivery = Delivery::webhook(event, endpoint, body.clone(), Due::scheduled(now), now);
        // Refused: somebody else told of it in this hour.
        let commit = app.store.delivery_create(&delivery).await?;
        tracing::debug!(event = event.event_type.as_str(), told = ?commit, "an operational event");
    }
    Ok(())
}
