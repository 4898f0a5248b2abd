//! The breakers of this environment's lanes: what their rows say, at most two seconds old, and what happened here since.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::breaker::{Breaker, Gate};
use domain::delivery::Delivery;
use domain::event::EventType;
use domain::retry::Jitter;
use domain::time::SECOND_MS;
use domain::{Result, Scope, Timestamp};
use platform::{clock, fault, metrics};
use store::Commit;

use crate::App;
use crate::admission::Admission;
use crate::receiver::Receiver;

/// How old what is known of a row may be.
const KNOWN_MS: i64 = 2 * SECOND_MS;
/// Lanes kept in mind at most; those that nothing happened in for a while are forgotten first, then all.
const LANES_MAX: usize = 4_096;

/// What this environment knows. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Breakers(Arc<Mutex<HashMap<Key, Known>>>);

type Key = (Scope, String);

#[derive(Clone, Copy, Debug)]
struct Known {
    breaker: Option<Breaker>,
    read_at: Timestamp,
    /// Failures in a row, here.
    failures: u32,
    /// Passed since the ramp began at that time, here.
    passed: (Timestamp, u32),
}

/// How a delivery got through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// As any other.
    Plain,
    /// As the one that finds out; its breaker.
    Probe(Breaker),
    /// As a test, which an open breaker does not hold back.
    Test,
}

/// A lane that lets nobody pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shut {
    pub(crate) until: Timestamp,
    /// Whether its receiver only failed, rather than being asked just now.
    pub(crate) is_failing: bool,
}

/// Whether the delivery's lane is shut for it. Looks, and changes nothing.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn shut(app: &App, delivery: &Delivery, receiver: &Receiver) -> Result<Option<Shut>> {
    let (key, now) = ((delivery.scope, receiver.lane.clone()), clock::now());
    let known = known(app, &key, now).await?;
    let shut = match Breaker::gate(known.breaker.as_ref(), app.retry_scale, now) {
        Gate::Open { until } => Some(Shut { until, is_failing: true }),
        // What the probe says is known soon.
        Gate::Probing => Some(Shut { until: now.plus_ms(SECOND_MS), is_failing: false }),
        Gate::Closed | Gate::Ramping { .. } | Gate::Probe(_) => None,
    };
    Ok(shut.filter(|_| !is_fresh_test(delivery)))
}

/// A test that was begun again would be one more than the few that may be asked for.
fn is_fresh_test(delivery: &Delivery) -> bool {
    delivery.event_type == Some(EventType::WebhookTest) && delivery.restarted_at.is_none()
}

/// Whether the delivery's lane lets it pass.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn admit(app: &App, delivery: &Delivery, receiver: &Receiver) -> Result<Admission<Pass>> {
    let (key, now) = ((delivery.scope, receiver.lane.clone()), clock::now());
    let soon = Admission::Waits(now.plus_ms(SECOND_MS));
    let known = known(app, &key, now).await?;
    Ok(match Breaker::gate(known.breaker.as_ref(), app.retry_scale, now) {
        Gate::Closed => Admission::Passes(Pass::Plain),
        Gate::Open { .. } | Gate::Probing if is_fresh_test(delivery) => Admission::Passes(Pass::Test),
        Gate::Open { until } => Admission::Waits(until),
        Gate::Probing => soon,
        Gate::Ramping { since, passed_max } => match app.breakers.pass(&key, since, passed_max) {
            true => Admission::Passes(Pass::Plain),
            false => soon,
        },
        Gate::Probe(probing) => match write(app, &key, probing).await? {
            true => Admission::Passes(Pass::Probe(probing)),
            false => soon,
        },
    })
}

/// Notes how a delivery ended, and answers what the lane's row is to say, if that changed. This environment keeps to it
/// at once, so it is called while the delivery still has its slot. What a receiver thinks of one message (a 4xx) says
/// nothing of the next.
pub(crate) fn note(app: &App, scope: Scope, lane: &str, pass: Pass, is_failing: bool) -> Option<Breaker> {
    let (key, now) = ((scope, lane.to_owned()), clock::now());
    let jitter = Jitter { random: clock::fraction(), scale: app.retry_scale };
    let (failures, breaker) = app.breakers.count(&key, is_failing);
    let changed = match pass {
        Pass::Probe(probing) => Some(probing.after_probe(!is_failing, jitter, now)),
        Pass::Test => breaker.and_then(|breaker| breaker.after_test(!is_failing, now)),
        Pass::Plain if is_failing => Breaker::after_failures(breaker.as_ref(), failures, jitter, now),
        Pass::Plain => None,
    };
    if let Some(changed) = changed {
        app.breakers.learn(&key, Some(changed), now);
    }
    changed
}

/// Tells the other environments.
///
/// # Errors
/// When DynamoDB fails.
pub(crate) async fn tell(app: &App, scope: Scope, lane: &str, changed: Breaker) -> Result<()> {
    metrics::count("BreakerChanged", 1);
    write(app, &(scope, lane.to_owned()), changed).await?;
    fault::point("deliver.after_breaker");
    Ok(())
}

/// Whether this environment was the first to write what follows. Either way it knows the row's state anew.
async fn write(app: &App, key: &Key, breaker: Breaker) -> Result<bool> {
    let commit = app.store.breaker_write(key.0, &key.1, &breaker).await?;
    match commit {
        Commit::Done => app.breakers.learn(key, Some(breaker), clock::now()),
        Commit::Refused(_) => app.breakers.forget(key),
    }
    Ok(commit == Commit::Done)
}

async fn known(app: &App, key: &Key, now: Timestamp) -> Result<Known> {
    if let Some(known) = app.breakers.fresh(key, now) {
        return Ok(known);
    }
    let read = app.store.breaker_fetch(key.0, &key.1).await?;
    // What was decided here during the read is still there: it is looked at and replaced under one lock.
    let after_read = |known| Breaker::after_read(known, read, app.retry_scale, clock::now());
    Ok(app.breakers.change(key, now, after_read))
}

impl Known {
    const fn nothing(read_at: Timestamp) -> Self {
        Self { breaker: None, read_at, failures: 0, passed: (Timestamp::from_ms(0), 0) }
    }
}

impl Breakers {
    fn fresh(&self, key: &Key, now: Timestamp) -> Option<Known> {
        self.lanes().get(key).filter(|known| now.since_ms(known.read_at) < KNOWN_MS).copied()
    }

    fn learn(&self, key: &Key, breaker: Option<Breaker>, now: Timestamp) {
        self.change(key, now, |_| breaker);
    }

    /// Replaces what is known of a breaker by what `next` makes of it.
    fn change(
        &self,
        key: &Key,
        now: Timestamp,
        next: impl FnOnce(Option<Breaker>) -> Option<Breaker>,
    ) -> Known {
        let mut lanes = self.lanes();
        if lanes.len() >= LANES_MAX && !lanes.contains_key(key) {
            lanes.retain(|_, known| now.since_ms(known.read_at) < KNOWN_MS);
            if lanes.len() >= LANES_MAX {
                lanes.clear();
            }
        }
        let known = lanes.entry(key.clone()).or_insert(Known::nothing(now));
        let breaker = next(known.breaker);
        if known.breaker != breaker {
            known.failures = 0;
        }
        (known.breaker, known.read_at) = (breaker, now);
        *known
    }

    fn forget(&self, key: &Key) {
        self.lanes().remove(key);
    }

    /// Counts one more that passes a ramp.
    fn pass(&self, key: &Key, since: Timestamp, passed_max: u32) -> bool {
        let mut lanes = self.lanes();
        let Some(known) = lanes.get_mut(key) else { return false };
        if known.passed.0 != since {
            known.passed = (since, 0);
        }
        let may_pass = known.passed.1 < passed_max;
        known.passed.1 += u32::from(may_pass);
        may_pass
    }

    /// Counts an outcome; answers the failures in a row and what is known.
    fn count(&self, key: &Key, is_failing: bool) -> (u32, Option<Breaker>) {
        let mut lanes = self.lanes();
        let Some(known) = lanes.get_mut(key) else { return (u32::from(is_failing), None) };
        known.failures = if is_failing { known.failures + 1 } else { 0 };
        (known.failures, known.breaker)
    }

    /// A panic elsewhere cannot leave an entry half written, so a poisoned lock is as good as any.
    fn lanes(&self) -> MutexGuard<'_, HashMap<Key, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
