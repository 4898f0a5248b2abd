//! An endpoint's own rate: deliveries a second over all environments.
//!
//! An environment leases a tenth of a second's deliveries at once from a common row, so that ten writes serve a second
//! however fast the endpoint is. What it leased and did not use in that second is lost: with few environments the rate
//! is met within a tenth, and it is never exceeded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::time::SECOND_MS;
use domain::{Result, Timestamp};
use platform::clock;

use crate::App;
use crate::receiver::Receiver;

/// What this environment may still send, by endpoint. Cheap to clone; clones share the leases.
#[derive(Clone, Debug, Default)]
pub struct Leases(Arc<Mutex<HashMap<String, Lease>>>);

#[derive(Clone, Copy, Debug)]
struct Lease {
    second: Timestamp,
    left: u32,
    /// Whether the second has no more.
    is_over: bool,
}

/// Whether the receiver may get one more delivery in this second.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn admits(app: &App, receiver: &Receiver) -> Result<bool> {
    let Some(endpoint) = &receiver.endpoint else { return Ok(true) };
    let Some(rate) = endpoint.rate else { return Ok(true) };
    let (id, second) = (endpoint.id.to_string(), second(clock::now()));
    if let Some(known) = app.leases.take(&id, second) {
        return Ok(known);
    }
    let share = (rate / 10).max(1);
    let total = app.store.deliveries_counted(endpoint.scope, &id, second, share).await?;
    let granted =
        share.saturating_sub(u32::try_from(total.saturating_sub(u64::from(rate))).unwrap_or(u32::MAX));
    app.leases.put(&id, Lease { second, left: granted.saturating_sub(1), is_over: granted < share });
    Ok(granted > 0)
}

const fn second(now: Timestamp) -> Timestamp {
    Timestamp::from_ms(now.as_ms().div_euclid(SECOND_MS) * SECOND_MS)
}

impl Leases {
    /// `None` when a new lease is needed to tell.
    fn take(&self, id: &str, second: Timestamp) -> Option<bool> {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lease = leases.get_mut(id).filter(|lease| lease.second == second)?;
        match lease.left {
            0 if lease.is_over => Some(false),
            0 => None,
            left => {
                lease.left = left - 1;
                Some(true)
            }
        }
    }

    fn put(&self, id: &str, lease: Lease) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.retain(|_, old| old.second >= lease.second);
        let old = leases.entry(id.to_owned()).or_insert(Lease { left: 0, is_over: false, ..lease });
        old.left += lease.left;
        old.is_over |= lease.is_over;
    }
}
