//! Connections kept for the next delivery to the same origin.
//!
//! Ours rather than `hyper-util`'s, for three reasons: the number of idle sockets is bounded over all hosts
//! together (a Lambda function has 1,024 file descriptors), a connection is back before its delivery returns (so
//! the next one never races it with a new handshake), and nothing can put it under another host's name.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::connect::Connection;

/// The most connections kept, all origins together; the one that has waited longest makes room.
const IDLE_MAX: usize = 256;
/// How long a connection may wait for its next use. Many servers close after 60 s or 75 s.
const IDLE_TIME_MAX: Duration = Duration::from_secs(55);
/// How long a connection is used at all, so that a receiver that moves is followed.
const AGE_MAX: Duration = Duration::from_secs(300);
/// How long a connection may take to become ready once its answer is read: the time of a task switch.
const READY_TIME_MAX: Duration = Duration::from_millis(100);

/// The idle connections, in the order in which they became so.
#[derive(Default)]
pub(super) struct Pool(Mutex<VecDeque<Idle>>);

struct Idle {
    origin: String,
    connection: Connection,
    since: Instant,
}

impl Idle {
    fn is_usable(&self) -> bool {
        self.since.elapsed() < IDLE_TIME_MAX && !self.connection.sender.is_closed()
    }
}

impl Pool {
    /// The connection to `origin` used last, if one is left; those that ended in the meantime are dropped.
    ///
    /// Yielding first lets the runtime look at its sockets. Without it a connection that the receiver closed while
    /// the function was frozen still looks alive to the first delivery after the thaw.
    pub(super) async fn take(&self, origin: &str) -> Option<Connection> {
        tokio::task::yield_now().await;
        let mut idle = self.lock();
        idle.retain(Idle::is_usable);
        let index = idle.iter().rposition(|idle| idle.origin == origin)?;
        idle.remove(index).map(|idle| idle.connection)
    }

    /// Keeps `connection`, whose last answer has been read to its end, unless it is about to end or old.
    pub(super) async fn put(&self, origin: String, mut connection: Connection) {
        let is_ready =
            timeout(READY_TIME_MAX, connection.sender.ready()).await.is_ok_and(|ready| ready.is_ok());
        if !is_ready || connection.opened.elapsed() > AGE_MAX {
            return;
        }
        let mut idle = self.lock();
        if idle.len() >= IDLE_MAX {
            idle.pop_front();
        }
        idle.push_back(Idle { origin, connection, since: Instant::now() });
    }

    /// A panic elsewhere cannot leave the queue half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
