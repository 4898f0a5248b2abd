//! Counts of this process, and the common rows behind them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::signature::hmac_sha256;
use domain::{Quota, Scope, Timestamp};
use platform::telemetry::Chain;
use store::Store;

use super::address::subscriber;
use super::count::{Count, Verdict};

/// Subjects counted at most in one process; beyond, those of past windows are forgotten, then all.
const SUBJECTS_MAX: usize = 16_384;

/// What is counted: for whom, over what time, up to what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket<'a> {
    /// Tells buckets apart.
    pub(crate) name: &'a str,
    /// Requests in one window.
    pub(crate) limit: u32,
    /// The window's length; windows begin at its multiples since 1970.
    pub(crate) window_ms: i64,
    /// The pool.
    pub(crate) scope: Scope,
    /// Who.
    pub(crate) subject: &'a str,
}

/// Where a subject stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests in one window.
    pub(crate) limit: u32,
    /// Requests left in this one.
    pub(crate) remaining: u64,
    /// When the next begins.
    pub(crate) reset: Timestamp,
    /// Whether this request is one too many.
    pub(crate) is_over: bool,
}

impl Standing {
    /// What may be used in this window.
    pub(crate) fn quota(&self) -> Quota {
        Quota { limit: self.limit.into(), reset: self.reset }
    }
}

/// What this process counts. Lives as long as the process.
pub(crate) struct Limiter {
    key: [u8; 32],
    counts: Mutex<HashMap<String, (Timestamp, Count)>>,
}

impl Limiter {
    /// A limiter that names subjects, which are people's addresses, only by a hash under `key`.
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key, counts: Mutex::default() }
    }

    /// Counts a request. A row that cannot be written is no reason to refuse anybody: counting goes on alone.
    pub(crate) async fn take(&self, store: &Store, bucket: Bucket<'_>, now: Timestamp) -> Standing {
        let (id, reset) = (self.id(&bucket), bucket.reset(now));
        let verdict = self.on_count(&id, (now, reset), &bucket, Count::take);
        if let Verdict::Admit { add } = verdict
            && add > 0
        {
            match store.count_add(bucket.scope, &id, reset, add).await {
                Ok(total) => self.on_count(&id, (now, reset), &bucket, |count| count.learn(total)),
                Err(error) => tracing::warn!(error = %Chain(&error), "a rate limit was counted alone"),
            }
        }
        let standing = self.look(&bucket, now);
        Standing { is_over: verdict == Verdict::Refuse, ..standing }
    }

    /// Counts a try of what nobody may exceed by one, in however many processes at once: the common row decides, and
    /// nothing that this process remembers.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub(crate) async fn take_exactly(
        &self,
        store: &Store,
        bucket: &Bucket<'_>,
        now: Timestamp,
    ) -> domain::Result<Standing> {
        let (limit, reset) = (u64::from(bucket.limit), bucket.reset(now));
        let total = store.count_add(bucket.scope, &self.id(bucket), reset, 1).await?;
        let remaining = limit.saturating_sub(total);
        Ok(Standing { limit: bucket.limit, remaining, reset, is_over: total > limit })
    }

    /// Gives back what [`take_exactly`](Self::take_exactly) took.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub(crate) async fn give_back(
        &self,
        store: &Store,
        bucket: &Bucket<'_>,
        now: Timestamp,
    ) -> domain::Result<()> {
        store.count_take_back(bucket.scope, &self.id(bucket), bucket.reset(now), 1).await
    }

    /// Where the subject stands, without counting.
    pub(crate) fn look(&self, bucket: &Bucket<'_>, now: Timestamp) -> Standing {
        let (id, reset) = (self.id(bucket), bucket.reset(now));
        let remaining = self.on_count(&id, (now, reset), bucket, |count| count.remaining());
        Standing { limit: bucket.limit, remaining, reset, is_over: remaining == 0 }
    }

    /// Whether anything was counted in this window, by any process.
    pub(crate) async fn is_counted(
        &self,
        store: &Store,
        bucket: &Bucket<'_>,
        now: Timestamp,
    ) -> domain::Result<bool> {
        let (id, reset) = (self.id(bucket), bucket.reset(now));
        let left = self.on_count(&id, (now, reset), bucket, |count| count.remaining());
        let has_own = left < u64::from(bucket.limit);
        Ok(has_own || store.count_fetch(bucket.scope, &id, reset).await? > 0)
    }

    /// An address as a keyed hash.
    pub(crate) fn address(&self, address: &str) -> String {
        hex::encode(&hmac_sha256(&self.key, &[b"address\n", subscriber(address).as_bytes()])[..16])
    }

    fn id(&self, bucket: &Bucket<'_>) -> String {
        let named = format!("{}\n{}\n{}", bucket.name, bucket.scope, bucket.subject);
        hex::encode(&hmac_sha256(&self.key, &[named.as_bytes()])[..16])
    }

    fn on_count<T>(
        &self,
        id: &str,
        (now, reset): (Timestamp, Timestamp),
        bucket: &Bucket<'_>,
        run: impl FnOnce(&mut Count) -> T,
    ) -> T {
        let mut counts = self.counts();
        if counts.len() >= SUBJECTS_MAX && !counts.contains_key(id) {
            counts.retain(|_, (until, _)| *until > now);
            if counts.len() >= SUBJECTS_MAX {
                counts.clear();
            }
        }
        let fresh = || (reset, Count::new(u64::from(bucket.limit)));
        let entry = counts.entry(id.to_owned()).or_insert_with(fresh);
        if entry.0 < reset {
            *entry = fresh();
        }
        run(&mut entry.1)
    }

    /// A panic elsewhere cannot leave a count half written, so a poisoned lock is as good as any.
    fn counts(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, Count)>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket<'_> {
    /// When the window that holds `now` ends.
    const fn reset(&self, now: Timestamp) -> Timestamp {
        now.window_end(self.window_ms)
    }
}

#[cfg(test)]
mod tests {
    use domain::time::{HOUR_MS, MINUTE_MS};
    use domain::{Scope, Timestamp};

    use super::{Bucket, Limiter, SUBJECTS_MAX};
    use crate::edge::tests::edge;

    fn minutely(subject: &str) -> Bucket<'_> {
        Bucket { name: "minutely", limit: 100, window_ms: MINUTE_MS, scope: Scope::Shared, subject }
    }

    #[tokio::test]
    async fn who_comes_when_the_map_is_full_drops_past_windows_alone() {
        let (limiter, edge) = (Limiter::new([1; 32]), edge());
        let (before, now) = (Timestamp::from_ms(0), Timestamp::from_ms(MINUTE_MS));
        limiter.take(edge.store(), minutely("ada"), now).await;
        for number in 1..SUBJECTS_MAX {
            limiter.look(&minutely(&number.to_string()), before);
        }
        assert_eq!(limiter.counts().len(), SUBJECTS_MAX);
        // Its window ends long after everybody else's.
        let hourly = Bucket { name: "hourly", window_ms: HOUR_MS, ..minutely("eve") };
        limiter.look(&hourly, now);
        assert_eq!(limiter.counts().len(), 2);
        assert_eq!(limiter.look(&minutely("ada"), now).remaining, 99);
    }
}
