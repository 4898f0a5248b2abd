//! Lanes: how many sends one receiver, one host and one owner may have under way in this environment, so that a
//! receiver that hangs holds up itself and nobody else, from its first hang on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// How long a message waits for a slot before it is handed back: a receiver that answers frees one in that time.
const PATIENCE: Duration = Duration::from_millis(250);

/// How many sends may be under way at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// To one lane.
    pub lane: usize,
    /// To one origin.
    pub origin: usize,
    /// For one owner.
    pub owner: usize,
}

impl Caps {
    /// The caps of an environment that works on `slots` messages at once: half of them for one owner.
    #[must_use]
    pub fn of_slots(slots: usize) -> Self {
        Self { lane: 4, origin: 32, owner: (slots / 2).max(4) }
    }
}

/// What is under way. Cheap to clone; clones share the counts.
#[derive(Clone, Debug)]
pub struct Lanes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    caps: Caps,
    counts: Mutex<HashMap<Key, usize>>,
    freed: Notify,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Lane(String),
    Origin(String),
    Owner(String),
}

/// A place in all three counts, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    lanes: Lanes,
    keys: [Key; 3],
}

impl Lanes {
    /// Nothing under way.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        Self(Arc::new(Inner { caps, counts: Mutex::default(), freed: Notify::new() }))
    }

    /// A slot, at once or within [`PATIENCE`]; `None` when the lane stays at a cap.
    pub(crate) async fn enter(&self, lane: &str, origin: &str, owner: &str) -> Option<Slot> {
        let keys = [Key::Lane(lane.to_owned()), Key::Origin(origin.to_owned()), Key::Owner(owner.to_owned())];
        let wait = async {
            loop {
                let freed = self.0.freed.notified();
                tokio::pin!(freed);
                freed.as_mut().enable();
                if self.take(&keys) {
                    return;
                }
                freed.await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.ok()?;
        Some(Slot { lanes: self.clone(), keys })
    }

    fn take(&self, keys: &[Key; 3]) -> bool {
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = |key: &Key| counts.get(key).copied().unwrap_or_default() < self.cap(key);
        if !keys.iter().all(is_free) {
            return false;
        }
        for key in keys {
            *counts.entry(key.clone()).or_default() += 1;
        }
        true
    }

    fn cap(&self, key: &Key) -> usize {
        match key {
            Key::Lane(_) => self.0.caps.lane,
            Key::Origin(_) => self.0.caps.origin,
            Key::Owner(_) => self.0.caps.owner,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.lanes.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            match counts.get_mut(key) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    counts.remove(key);
                }
            }
        }
        drop(counts);
        self.lanes.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::{Caps, Lanes};

    #[tokio::test(start_paused = true)]
    async fn a_lane_at_its_cap_leaves_the_others_alone() {
        let lanes = Lanes::new(Caps::of_slots(64));
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(lanes.enter("slow", "https://a", "one").await.unwrap());
        }
        assert!(lanes.enter("slow", "https://a", "one").await.is_none());
        assert!(lanes.enter("quick", "https://a", "one").await.is_some());
        drop(held.pop());
        assert!(lanes.enter("slow", "https://a", "one").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_gets_half_of_the_slots() {
        let lanes = Lanes::new(Caps::of_slots(10));
        let mut held = Vec::new();
        for lane in 0..5 {
            held.push(lanes.enter(&lane.to_string(), &lane.to_string(), "one").await.unwrap());
        }
        assert!(lanes.enter("x", "y", "one").await.is_none());
        assert!(lanes.enter("x", "y", "two").await.is_some());
    }
}
