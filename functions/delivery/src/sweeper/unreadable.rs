//! Rows that are due and that this release cannot read, as after going back to an older one. They are put off and told of,
//! again and again until a person or another release does something, and hold up nobody else.

use domain::Timestamp;
use domain::time::HOUR_MS;
use platform::metrics;
use platform::telemetry::Chain;
use store::Unreadable;

use super::App;

/// Until they are told of again.
const PUT_OFF_MS: i64 = HOUR_MS;

pub(super) async fn postpone(app: &App, rows: &[Unreadable], now: Timestamp) {
    for row in rows {
        metrics::count("DeliveryUnsendable", 1);
        tracing::error!(error = %Chain(&row.error), "a row that is due cannot be read");
        if let Err(error) = app.store.due_postpone(row, now.plus_ms(PUT_OFF_MS)).await {
            tracing::warn!(error = %Chain(&error), "a row that cannot be read could not be put off");
        }
    }
}
