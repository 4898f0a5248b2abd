//! The sweeper: everything that time itself does. It finds rows by their indexes, so it needs nobody to tell it: a lost
//! message, an emptied queue, a crash between two writes all end up here.

mod deadlines;
mod deliveries;
mod recoveries;
mod reservations;
mod unreadable;

use domain::{Result, Timestamp};
use platform::clock;
use queue::Queues;
use store::Store;

pub use deliveries::LATE_MAX_MS;

/// What the sweeper works with; built once per process.
#[derive(Clone)]
pub struct App {
    /// The tables.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
}

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Messages sent.
    pub sent: usize,
    /// How late the latest delivery was found, in milliseconds.
    pub late_ms: i64,
    /// Reservations ended.
    pub expired: usize,
    /// Callback requests timed out.
    pub timed_out: usize,
    /// Deliveries begun again by recoveries.
    pub recovered: usize,
}

/// Entries taken from each shard of an index in one sweep.
const PER_SHARD: i32 = 200;

/// Sweeps once. One kind's failure does not keep the others from their turn.
///
/// # Errors
/// The first failure, after everything was tried.
pub async fn sweep(app: &App, now: Timestamp) -> Result<Swept> {
    // Beside the rest: somebody's recovery of a thousand deliveries must not keep others' from their turn.
    let (recovered, deliveries, (timed_out, expired)) =
        tokio::join!(Box::pin(recoveries::sweep(app, now)), deliveries::sweep(app, now), end(app, now));
    let ((mut sent, late_ms), recovered) = (deliveries?, recovered?);
    if recovered > 0 {
        // What was begun again is sent in the same sweep, which is at least as old by then as what it began.
        sent += deliveries::sweep(app, now.max(clock::now())).await?.0;
    }
    Ok(Swept { sent, late_ms, expired: expired?, timed_out: timed_out?, recovered })
}

/// A callback request keeps its order's pet as long as itself, so both often end together. Requests go first: whoever
/// asked is told that the time is over, not that somebody cancelled.
async fn end(app: &App, now: Timestamp) -> (Result<usize>, Result<usize>) {
    let timed_out = deadlines::sweep(app, now).await;
    (timed_out, reservations::sweep(app, now).await)
}
