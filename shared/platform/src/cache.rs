//! A small map that forgets: what may be a little stale is not read again for each request.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

/// Values by key, each for a limited time, with a limit on their number. Lives as long as the process; share it
/// by reference.
pub struct Cache<K, V> {
    ttl_ms: i64,
    max: usize,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

struct Entry<V> {
    value: V,
    expires_at: Timestamp,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// An empty cache that keeps a value for `ttl_ms` milliseconds and at most `max` values.
    #[must_use]
    pub fn new(ttl_ms: i64, max: usize) -> Self {
        Self { ttl_ms, max: max.max(1), entries: Mutex::default() }
    }

    /// The value of `key`, unless it is too old.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.entries().get(key).filter(|entry| now < entry.expires_at).map(|entry| entry.value.clone())
    }

    /// Keeps `value` for `key`. A full cache forgets what is too old, and when nothing is, what would be next.
    pub fn insert(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.entries();
        if entries.len() >= self.max && !entries.contains_key(&key) {
            entries.retain(|_, entry| now < entry.expires_at);
            evict_down_to(&mut entries, self.max - 1);
        }
        entries.insert(key, Entry { value, expires_at: now.plus_ms(self.ttl_ms) });
    }

    /// Forgets `key`.
    pub fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q)
    where
        K: Borrow<Q>,
    {
        self.entries().remove(key);
    }

    /// A panic elsewhere cannot leave an entry half written, so a poisoned lock is as good as any.
    fn entries(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn evict_down_to<K: Eq + Hash + Clone, V>(entries: &mut HashMap<K, Entry<V>>, len: usize) {
    while entries.len() > len {
        let next = entries.iter().min_by_key(|(_, entry)| entry.expires_at).map(|(key, _)| key.clone());
        next.and_then(|key| entries.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use proptest::prelude::*;

    use super::Cache;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn forgets_after_its_time() {
        let cache = Cache::new(100, 10);
        cache.insert("a".to_owned(), 1, at(0));
        assert_eq!((cache.get("a", at(99)), cache.get("a", at(100))), (Some(1), None));
    }

    #[test]
    fn forgets_what_is_removed() {
        let cache = Cache::new(100, 10);
        cache.insert("a", 1, at(0));
        cache.remove("a");
        assert_eq!(cache.get("a", at(0)), None);
    }

    #[test]
    fn a_full_cache_forgets_the_oldest() {
        let cache = Cache::new(100, 2);
        [("a", 0), ("b", 1), ("c", 2)].into_iter().for_each(|(key, ms)| cache.insert(key, ms, at(ms)));
        assert_eq!(["a", "b", "c"].map(|key| cache.get(key, at(3))), [None, Some(1), Some(2)]);
    }

    proptest! {
        #[test]
        fn never_holds_more_than_its_limit(max in 1..5_usize, inserts in prop::collection::vec((0..9_u8, 0..300_i64), 0..50)) {
            let cache = Cache::new(100, max);
            for (key, ms) in inserts {
                cache.insert(key, ms, at(ms));
                prop_assert_eq!(cache.get(&key, at(ms)), Some(ms));
                prop_assert!(cache.entries().len() <= max);
            }
        }
    }
}
