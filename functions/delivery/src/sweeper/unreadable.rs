//! Rows that are due and that this release cannot read, as after going back to an older one. They are put off and told of,
//! again and again until a person or another release does something, and hold up nobody else.

use domain::time::HOUR_MS;
use domain::{Error, Timestamp};
use platform::metrics;
use platform::telemetry::Chain;
use store::Unreadable;

use super::App;

/// Until they are told of again.
const PUT_OFF_MS: i64 = HOUR_MS;

/// Lets `UnsendableDeliveryAlarm` ring.
pub(super) fn tell(error: &Error) {
    metrics::count("DeliveryUnsendable", 1);
    tracing::error!(error = %Chain(error), "a row that is wanted cannot be read");
}

pub(super) async fn postpone(app: &App, rows: &[Unreadable], now: Timestamp) {
    for row in rows {
        tell(&row.error);
        if let Err(error) = app.store.due_postpone(row, now.plus_ms(PUT_OFF_MS)).await {
            tracing::warn!(error = %Chain(&error), "a row that cannot be read could not be put off");
        }
    }
}
