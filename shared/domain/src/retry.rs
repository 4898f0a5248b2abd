//! When a failed delivery is tried again.

use serde::{Deserialize, Serialize};

use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// Steps of the contract's schedule: tries 1 to 5.
const CONTRACT_STEPS_MS: [i64; 4] = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS];
/// Steps that follow in ours: 11 tries in all, 76 h 36 m.
const FURTHER_STEPS_MS: [i64; 6] =
    [2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS];

/// Fewest milliseconds between two tries of a schedule of one's own.
pub const STEP_MIN_MS: i64 = 5 * SECOND_MS;
/// Most milliseconds between two tries.
pub const STEP_MAX_MS: i64 = 7 * DAY_MS;
/// Most milliseconds of all of them together: what a schedule leaves over is still kept for a week, and listed.
pub const SUM_MAX_MS: i64 = 21 * DAY_MS;
/// Most tries.
pub const TRIES_MAX: usize = 15;
/// Share of a step by which a wait may be shorter or longer. A step of five minutes then spreads over a minute, so
/// that of 1,000 failures in one second no later second holds more than a twentieth (delivery.md S5).
const JITTER: f64 = 0.1;
/// `Retry-After` is honoured up to this, and spread behind it as widely as a step around its middle: whoever asks a thousand
/// senders for the same wait does not want them all at once.
pub const RETRY_AFTER_MAX_MS: i64 = 24 * HOUR_MS;

/// Waits between the tries of a delivery, in milliseconds; the first try is at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule {
    steps_ms: Vec<i64>,
}

impl Schedule {
    /// Eleven tries over 76 h 36 m.
    #[must_use]
    pub fn standard() -> Self {
        Self { steps_ms: CONTRACT_STEPS_MS.into_iter().chain(FURTHER_STEPS_MS).collect() }
    }

    /// A single try.
    #[must_use]
    pub const fn once() -> Self {
        Self { steps_ms: Vec::new() }
    }

    /// The contract's five tries, all that a guest's callback gets.
    #[must_use]
    pub fn contract() -> Self {
        Self { steps_ms: CONTRACT_STEPS_MS.to_vec() }
    }

    /// A schedule of one's own; `None` when it has too many steps, or one that is too short or too long, or when it is too
    /// long as a whole.
    #[must_use]
    pub fn custom(steps_ms: Vec<i64>) -> Option<Self> {
        let is_allowed = |step: &i64| (STEP_MIN_MS..=STEP_MAX_MS).contains(step);
        let is_short = steps_ms.len() < TRIES_MAX && steps_ms.iter().all(is_allowed);
        (is_short && steps_ms.iter().sum::<i64>() <= SUM_MAX_MS).then_some(Self { steps_ms })
    }

    /// How long it may take from the first try to the last, in milliseconds, as far as it goes by itself.
    #[must_use]
    pub fn longest_ms(&self) -> i64 {
        self.steps_ms.iter().map(|step| step + step / 10).sum()
    }

    /// The longest wait between two tries, in milliseconds, what a receiver asks for included.
    #[must_use]
    pub fn longest_wait_ms(&self) -> i64 {
        let step = self.steps_ms.iter().copied().max().unwrap_or(0);
        (step + step / 10).max(RETRY_AFTER_MAX_MS + RETRY_AFTER_MAX_MS / 5)
    }

    /// Tries in all.
    #[must_use]
    pub fn tries(&self) -> u32 {
        u32::try_from(self.steps_ms.len() + 1).unwrap_or(u32::MAX)
    }

    /// The waits between the tries, in milliseconds.
    #[must_use]
    pub fn steps_ms(&self) -> &[i64] {
        &self.steps_ms
    }

    /// How long to wait after try `attempt` (from 1) failed; `None` when it was the last. `random` is in 0..1 and
    /// decides the jitter; `retry_after_ms` is what the receiver asked for and can only lengthen the wait.
    #[must_use]
    pub fn wait_ms(&self, attempt: u32, random: f64, retry_after_ms: Option<i64>) -> Option<i64> {
        let step = *self.steps_ms.get(usize::try_from(attempt.checked_sub(1)?).ok()?)?;
        let random = random.clamp(0.0, 1.0);
        let asked = retry_after_ms.unwrap_or(0).clamp(0, RETRY_AFTER_MAX_MS);
        let around = 1.0 + JITTER * (2.0 * random - 1.0);
        let behind = 1.0 + JITTER * 2.0 * random;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a week fits in 2^53 ms"
        )]
        let (wait, asked) = ((step as f64 * around) as i64, (asked as f64 * behind) as i64);
        Some(wait.max(asked))
    }
}

/// What decides how long a wait is, beside its schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter {
    /// In 0..1, so that what failed together does not come back together.
    pub random: f64,
    /// Divides every wait: the local stack's `--retry-scale`.
    pub scale: f64,
}

/// A wait divided by the local stack's `--retry-scale`; at least a millisecond.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a week fits in 2^53 ms")]
pub(crate) fn scaled(wait_ms: i64, scale: f64) -> i64 {
    ((wait_ms as f64 / scale.max(f64::MIN_POSITIVE)) as i64).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{RETRY_AFTER_MAX_MS, STEP_MAX_MS, STEP_MIN_MS, Schedule};
    use crate::time::{MINUTE_MS, SECOND_MS};

    #[test]
    fn eleven_tries_over_76_hours_36_minutes() {
        let schedule = Schedule::standard();
        assert_eq!(schedule.tries(), 11);
        assert_eq!(schedule.steps_ms().iter().sum::<i64>(), (76 * 60 + 36) * MINUTE_MS);
        assert_eq!(Schedule::contract().tries(), 5);
    }

    #[test]
    fn a_schedule_of_ones_own_has_bounds() {
        assert!(Schedule::custom(vec![]).is_some());
        assert!(Schedule::custom(vec![5 * SECOND_MS; 14]).is_some());
        assert!(Schedule::custom(vec![5 * SECOND_MS; 15]).is_none());
        assert!(Schedule::custom(vec![4 * SECOND_MS]).is_none());
        assert!(Schedule::custom(vec![STEP_MAX_MS; 3]).is_some());
        assert!(Schedule::custom(vec![STEP_MAX_MS, STEP_MAX_MS, STEP_MAX_MS, STEP_MIN_MS]).is_none());
    }

    /// The most of a thousand failures of one second that are tried again in one second.
    fn peak(attempt: u32, retry_after_ms: Option<i64>) -> usize {
        let mut seconds = HashMap::new();
        for i in 0..1_000_u32 {
            // A low-discrepancy walk stands for the caller's random numbers.
            let random = (f64::from(i) * 0.618_033_988_749_895).fract();
            let wait = Schedule::standard().wait_ms(attempt, random, retry_after_ms).unwrap();
            *seconds.entry(wait / SECOND_MS).or_insert(0) += 1;
        }
        seconds.into_values().max().unwrap()
    }

    #[test]
    fn s5_a_thousand_failures_of_one_second_spread() {
        for attempt in 2..=10 {
            assert!(peak(attempt, None) <= 50, "attempt {attempt}: {}", peak(attempt, None));
        }
    }

    #[test]
    fn s5_a_thousand_that_were_asked_for_the_same_wait_spread_too() {
        for minutes in [5, 30, 60, 24 * 60, 100 * 24 * 60] {
            let peak = peak(1, Some(minutes * MINUTE_MS));
            assert!(peak <= 50, "{minutes} minutes: {peak}");
        }
    }

    #[test]
    fn s11_what_a_receiver_asks_for_is_kept_within_bounds() {
        let wait = |asked| Schedule::standard().wait_ms(1, 0.0, asked).unwrap();
        assert_eq!(wait(Some(2 * MINUTE_MS)), 2 * MINUTE_MS);
        assert_eq!(wait(Some(10 * 365 * 24 * 60 * MINUTE_MS)), RETRY_AFTER_MAX_MS);
        assert_eq!(wait(Some(i64::MAX)), RETRY_AFTER_MAX_MS);
        for nothing in [None, Some(0), Some(-1), Some(i64::MIN)] {
            assert_eq!(wait(nothing), MINUTE_MS * 9 / 10, "{nothing:?}");
        }
    }

    proptest! {
        #[test]
        fn waits_stay_within_a_tenth_of_the_step(attempt in 1..=12_u32, random in 0.0..1.0_f64) {
            let schedule = Schedule::standard();
            match schedule.steps_ms().get(attempt as usize - 1) {
                None => prop_assert_eq!(schedule.wait_ms(attempt, random, None), None),
                Some(step) => {
                    let wait = schedule.wait_ms(attempt, random, None).unwrap();
                    prop_assert!(wait >= step * 9 / 10 && wait <= step * 11 / 10);
                }
            }
        }

        #[test]
        fn retry_after_only_lengthens_and_is_clamped(attempt in 1..=10_u32, asked in any::<i64>()) {
            let schedule = Schedule::standard();
            let plain = schedule.wait_ms(attempt, 0.5, None).unwrap();
            let wait = schedule.wait_ms(attempt, 0.5, Some(asked)).unwrap();
            prop_assert!(wait >= plain && wait <= plain.max(RETRY_AFTER_MAX_MS * 11 / 10));
        }
    }
}
