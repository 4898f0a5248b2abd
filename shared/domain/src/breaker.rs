//! The breaker of a lane: a receiver that only fails is left alone for a while, then asked by one delivery, and when it
//! answers gets more and more of them, so that what piled up does not knock it over again.
//!
//! Pure: when it opens, for how long, who may pass. Environments share it through a row that is written when the
//! state changes, never for a delivery.

use crate::retry::{Jitter, scaled};
use crate::time::{MINUTE_MS, SECOND_MS, Timestamp};

/// Failures in a row, as one environment sees them, that open it.
pub const FAILURES_MAX: u32 = 5;
/// Failures in a row that open it again while it ramps up.
const FAILURES_MAX_RAMPING: u32 = 2;
/// How long it stays open the first time; doubled each time the probe fails.
const OPEN_MS: i64 = 30 * SECOND_MS;
/// How long it stays open at most.
const OPEN_MAX_MS: i64 = 5 * MINUTE_MS;
/// How long a probe may take before another is sent: longer than any try.
const PROBE_MS: i64 = 20 * SECOND_MS;
/// How long it ramps up.
const RAMP_MS: i64 = 8 * SECOND_MS;
/// Deliveries of one environment in the first second of a ramp; twice as many in each that follows.
const RAMP_FIRST: u32 = 5;

/// What the row of a lane says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Open, or ramping up.
    pub phase: Phase,
    /// How often it opened without a ramp that lasted.
    pub level: u32,
    /// Counts every change from 1.
    pub version: u64,
}

/// Where a breaker stands. Closed is no row, or a ramp that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nobody passes until then; afterwards one probe does.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// A probe is under way; should it come to nothing, another one follows then.
    Probing {
        /// Until when.
        until: Timestamp,
    },
    /// The probe passed at that time.
    Ramping {
        /// Since when.
        since: Timestamp,
    },
}

/// Whether a delivery may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Closed,
    /// It may while fewer than `passed_max` of this environment's deliveries have passed since then.
    Ramping {
        /// Since when.
        since: Timestamp,
        /// How many.
        passed_max: u32,
    },
    /// It may as the probe, if its environment is the first to write the row that follows.
    Probe(Breaker),
    /// It may not, until then: the receiver only failed.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// It may not while a probe is under way.
    Probing,
}

impl Breaker {
    /// What `breaker` says of a delivery now. `scale` divides every wait (the local stack's `--retry-scale`).
    #[must_use]
    pub fn gate(breaker: Option<&Self>, scale: f64, now: Timestamp) -> Gate {
        let Some(breaker) = breaker else { return Gate::Closed };
        match breaker.phase {
            Phase::Open { until } if until > now => Gate::Open { until },
            Phase::Probing { until } if until > now => Gate::Probing,
            Phase::Open { .. } | Phase::Probing { .. } => {
                let until = now.plus_ms(scaled(PROBE_MS, scale));
                Gate::Probe(breaker.next(Phase::Probing { until }, breaker.level))
            }
            Phase::Ramping { since } if now.since_ms(since) >= scaled(RAMP_MS, scale) => Gate::Closed,
            Phase::Ramping { since } => {
                let second = now.since_ms(since).max(0) / scaled(SECOND_MS, scale);
                let doublings = u32::try_from(second).unwrap_or(u32::MAX).min(10) + 1;
                Gate::Ramping { since, passed_max: RAMP_FIRST * ((1 << doublings) - 1) }
            }
        }
    }

    /// The row just read, unless the breaker `known` here is newer and still holds deliveries back: a read may be older
    /// than what this environment decided while it was under way.
    #[must_use]
    pub fn after_read(known: Option<Self>, read: Option<Self>, scale: f64, now: Timestamp) -> Option<Self> {
        let version = |breaker: Option<Self>| breaker.map_or(0, |breaker| breaker.version);
        let is_kept = version(known) > version(read);
        match is_kept && Self::gate(known.as_ref(), scale, now) != Gate::Closed {
            true => known,
            false => read,
        }
    }

    /// The breaker after `failures` failures in a row; `None` when they are too few to change it. Jitter keeps breakers that
    /// opened together from being probed together.
    #[must_use]
    pub fn after_failures(
        breaker: Option<&Self>,
        failures: u32,
        jitter: Jitter,
        now: Timestamp,
    ) -> Option<Self> {
        let gate = Self::gate(breaker, jitter.scale, now);
        let enough = match gate {
            Gate::Closed => FAILURES_MAX,
            Gate::Ramping { .. } => FAILURES_MAX_RAMPING,
            Gate::Probe(_) | Gate::Probing | Gate::Open { .. } => return None,
        };
        if failures < enough {
            return None;
        }
        let level = match (gate, breaker) {
            (Gate::Ramping { .. }, Some(breaker)) => breaker.level + 1,
            _ => 0,
        };
        Some(Self::open(breaker, level, jitter, now))
    }

    /// The breaker after its probe.
    #[must_use]
    pub fn after_probe(&self, succeeded: bool, jitter: Jitter, now: Timestamp) -> Self {
        if succeeded {
            return self.next(Phase::Ramping { since: now }, self.level);
        }
        Self::open(Some(self), self.level + 1, jitter, now)
    }

    /// The breaker after a test that its owner asked for, which passes while it is open; `None` when the test changes
    /// nothing: one that fails says no more than the failures before it, and a ramp that began meanwhile goes on.
    #[must_use]
    pub fn after_test(&self, succeeded: bool, now: Timestamp) -> Option<Self> {
        let is_shut = !matches!(self.phase, Phase::Ramping { .. });
        (succeeded && is_shut).then(|| self.next(Phase::Ramping { since: now }, self.level))
    }

    fn open(before: Option<&Self>, level: u32, jitter: Jitter, now: Timestamp) -> Self {
        let wait = OPEN_MS.saturating_mul(1 << level.min(10)).min(OPEN_MAX_MS);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "minutes fit in 2^53 ms"
        )]
        let jittered = (wait as f64 * (1.0 + 0.2 * jitter.random.clamp(0.0, 1.0))) as i64;
        let version = before.map_or(0, |before| before.version) + 1;
        Self { phase: Phase::Open { until: now.plus_ms(scaled(jittered, jitter.scale)) }, level, version }
    }

    const fn next(&self, phase: Phase, level: u32) -> Self {
        Self { phase, level, version: self.version + 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Breaker, FAILURES_MAX, Gate, OPEN_MAX_MS, OPEN_MS, PROBE_MS, Phase, RAMP_MS};
    use crate::retry::Jitter;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
    const PLAIN: Jitter = Jitter { random: 0.0, scale: 1.0 };

    fn opened() -> Breaker {
        Breaker::after_failures(None, FAILURES_MAX, PLAIN, NOW).unwrap()
    }

    #[test]
    fn it_opens_after_failures_in_a_row() {
        assert_eq!(Breaker::after_failures(None, FAILURES_MAX - 1, PLAIN, NOW), None);
        assert_eq!(Breaker::gate(Some(&opened()), 1.0, NOW), Gate::Open { until: NOW.plus_ms(OPEN_MS) });
        assert_eq!(Breaker::gate(None, 1.0, NOW), Gate::Closed);
    }

    #[test]
    fn one_probe_passes_and_the_row_it_writes_keeps_the_others_out() {
        let later = NOW.plus_ms(OPEN_MS);
        let Gate::Probe(probing) = Breaker::gate(Some(&opened()), 1.0, later) else { panic!() };
        assert_eq!(probing.version, 2);
        assert_eq!(Breaker::gate(Some(&probing), 1.0, later.plus_ms(1)), Gate::Probing);
        assert!(matches!(Breaker::gate(Some(&probing), 1.0, later.plus_ms(PROBE_MS)), Gate::Probe(_)));
    }

    #[test]
    fn a_probe_that_fails_doubles_the_wait_up_to_a_bound() {
        let (mut breaker, mut now) = (opened(), NOW);
        for doublings in 1..8 {
            now = now.plus_ms(OPEN_MAX_MS);
            breaker = breaker.after_probe(false, PLAIN, now);
            let Phase::Open { until } = breaker.phase else { panic!() };
            assert_eq!(until.since_ms(now), (OPEN_MS << doublings).min(OPEN_MAX_MS));
        }
    }

    #[test]
    fn s6_a_probe_that_succeeds_lets_more_and_more_pass_and_then_everything() {
        let ramping = opened().after_probe(true, PLAIN, NOW);
        let passed = |ms| match Breaker::gate(Some(&ramping), 1.0, NOW.plus_ms(ms)) {
            Gate::Ramping { passed_max, .. } => passed_max,
            other => panic!("{other:?}"),
        };
        assert_eq!([0, 999, 1_000, 2_000, 7_999].map(passed), [5, 5, 15, 35, 1_275]);
        assert_eq!(Breaker::gate(Some(&ramping), 1.0, NOW.plus_ms(RAMP_MS)), Gate::Closed);
        let again = Breaker::after_failures(Some(&ramping), 2, PLAIN, NOW.plus_ms(1)).unwrap();
        assert_eq!((again.level, again.version), (1, 3));
        let much_later = NOW.plus_ms(RAMP_MS);
        assert_eq!(
            Breaker::after_failures(Some(&ramping), FAILURES_MAX, PLAIN, much_later).unwrap().level,
            0
        );
    }

    #[test]
    fn a_test_that_succeeds_ends_the_wait_and_one_that_fails_makes_it_no_longer() {
        let open = opened();
        assert_eq!(open.after_test(false, NOW), None);
        let ramping = open.after_test(true, NOW).unwrap();
        assert_eq!((ramping.phase, ramping.version), (Phase::Ramping { since: NOW }, open.version + 1));
        assert_eq!(ramping.after_test(true, NOW.plus_ms(1)), None, "it would begin the ramp anew");
    }

    #[test]
    fn a_read_that_is_older_takes_nothing_back_until_it_is_over() {
        let open = opened();
        let after = |known, read, ms| Breaker::after_read(known, read, 1.0, NOW.plus_ms(ms));
        assert_eq!(after(Some(open), None, OPEN_MS - 1), Some(open));
        let ramping = open.after_probe(true, PLAIN, NOW);
        assert_eq!(after(Some(ramping), Some(open), RAMP_MS - 1), Some(ramping));
        assert_eq!(after(Some(ramping), None, RAMP_MS), None, "a row that is gone is gone");
        assert_eq!(after(Some(open), Some(ramping), 0), Some(ramping), "others know more");
        assert_eq!(after(None, Some(open), 0), Some(open));
    }

    proptest! {
        #[test]
        fn it_is_never_open_for_long(level in 0_u32..100, random in 0.0..1.0_f64, scale in 1.0..100.0_f64) {
            let breaker = Breaker { phase: Phase::Open { until: NOW }, level, version: 1 };
            let Phase::Open { until } = breaker.after_probe(false, Jitter { random, scale }, NOW).phase else { panic!() };
            prop_assert!(until > NOW && until.since_ms(NOW) <= OPEN_MAX_MS * 6 / 5);
        }
    }
}
