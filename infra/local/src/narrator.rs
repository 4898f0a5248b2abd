//! Shows each delivery as it happens, one line a try. Hosts only: a callback's URL may hold secrets.

use std::sync::OnceLock;

use domain::delivery::{Attempt, Delivery, Target};

static TELLS: OnceLock<fn(&str)> = OnceLock::new();

/// Sends the lines to `print`. Only the first call of a process counts; without one nothing is told.
pub fn tell_to(print: fn(&str)) {
    if TELLS.set(print).is_err() {
        tracing::debug!("deliveries are told already");
    }
}

/// Tells of one try.
pub(crate) fn tell(delivery: &Delivery, host: &str, attempt: &Attempt) {
    let Some(print) = TELLS.get() else { return };
    let what = match (&delivery.target, delivery.event_type) {
        (Target::Callback { .. }, _) => "callback",
        (Target::Endpoint { .. }, Some(event_type)) => event_type.as_str(),
        (Target::Endpoint { .. }, None) => "webhook",
    };
    let result = match (attempt.status, &attempt.failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => failure.clone(),
        (None, None) => "no answer".to_owned(),
    };
    let Attempt { number, duration_ms, .. } = attempt;
    print(&format!("{what} → {host}  {result}  {duration_ms} ms  (try {number}, {})", delivery.id.event()));
}
