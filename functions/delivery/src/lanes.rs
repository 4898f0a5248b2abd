//! Lanes: how many sends one receiver, one host and one owner may have under way in this environment, so that a
//! receiver that hangs holds up itself and nobody else, from its first hang on. A lane keeps one place for first tries:
//! what failed before does not hold up what is new.

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
    /// What of a lane is not a first try.
    Retries(String),
    Origin(String),
    Owner(String),
}

/// A place in every count, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    lanes: Lanes,
    keys: Vec<Key>,
}

impl Lanes {
    /// Nothing under way.
    #[must_use]
    pub fn new(caps: Caps) -> Self {
        Self(Arc::new(Inner { caps, counts: Mutex::default(), freed: Notify::new() }))
    }

    /// A slot, at once or within [`PATIENCE`]; `None` when the lane stays at a cap.
    pub(crate) async fn enter(&self, lane: &str, origin: &str, owner: &str, is_first: bool) -> Option<Slot> {
        let mut keys =
            vec![Key::Lane(lane.to_owned()), Key::Origin(origin.to_owned()), Key::Owner(owner.to_owned())];
        keys.extend((!is_first).then(|| Key::Retries(lane.to_owned())));
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

    fn take(&self, keys: &[Key]) -> bool {
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
            Key::Retries(_) => self.0.caps.lane.saturating_sub(1).max(1),
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
            held.push(lanes.enter("slow", "https://a", "one", true).await.unwrap());
        }
        assert!(lanes.enter("slow", "https://a", "one", true).await.is_none());
        assert!(lanes.enter("quick", "https://a", "one", true).await.is_some());
        drop(held.pop());
        assert!(lanes.enter("slow", "https://a", "one", true).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_gets_half_of_the_slots() {
        let lanes = Lanes::new(Caps::of_slots(10));
        let mut held = Vec::new();
        for lane in 0..5 {
            held.push(lanes.enter(&lane.to_string(), &lane.to_string(), "one", true).await.unwrap());
        }
        assert!(lanes.enter("x", "y", "one", true).await.is_none());
        assert!(lanes.enter("x", "y", "two", true).await.is_some());
    }

    /// How many sends of one lane, of one origin's lanes and of one owner's origins are under way at most.
    async fn most(caps: Caps) -> [usize; 3] {
        let enter = async |of: fn(usize) -> [String; 3]| {
            let (lanes, mut held) = (Lanes::new(caps), Vec::new());
            loop {
                let [lane, origin, owner] = of(held.len());
                match lanes.enter(&lane, &origin, &owner, true).await {
                    Some(slot) => held.push(slot),
                    None => return held.len(),
                }
            }
        };
        [
            enter(|n| ["same".to_owned(), n.to_string(), n.to_string()]).await,
            enter(|n| [n.to_string(), "same".to_owned(), n.to_string()]).await,
            enter(|n| [n.to_string(), n.to_string(), "same".to_owned()]).await,
        ]
    }

    #[tokio::test(start_paused = true)]
    async fn s12_retries_leave_one_place_of_their_lane_to_first_tries() {
        let lanes = Lanes::new(Caps::of_slots(64));
        let mut held = Vec::new();
        for _ in 0..3 {
            held.push(lanes.enter("one", "https://a", "one", false).await.unwrap());
        }
        assert!(lanes.enter("one", "https://a", "one", false).await.is_none());
        held.push(lanes.enter("one", "https://a", "one", true).await.unwrap());
        assert!(lanes.enter("one", "https://a", "one", true).await.is_none());
        held.swap_remove(0);
        assert!(lanes.enter("one", "https://a", "one", false).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn s8_each_cap_changes_what_it_names_and_nothing_else() {
        assert_eq!(most(Caps { lane: 4, origin: 6, owner: 8 }).await, [4, 6, 8]);
        assert_eq!(most(Caps { lane: 5, origin: 6, owner: 8 }).await, [5, 6, 8]);
        assert_eq!(most(Caps { lane: 4, origin: 7, owner: 8 }).await, [4, 7, 8]);
        assert_eq!(most(Caps { lane: 4, origin: 6, owner: 9 }).await, [4, 6, 9]);
        let of_slots = |slots| Caps::of_slots(slots).owner;
        assert_eq!([of_slots(10), of_slots(64)], [5, 32], "half of the slots");
    }
}
