//! A thousand deliveries that fail in the same second: when they come again.

use std::collections::HashMap;

use domain::retry::Schedule;
use domain::time::{MINUTE_MS, SECOND_MS};
use platform::clock;

use crate::Result;
use crate::spread::Figures;

/// Deliveries.
const FAILURES: u32 = 1_000;
/// Steps that the bar is for.
const STEP_MIN_MS: i64 = 5 * MINUTE_MS;

/// The schedule and the randomness are those of the delivery function.
pub(crate) fn run(runs: usize) -> Result<()> {
    let (schedule, mut figures) = (Schedule::standard(), Figures::default());
    for _ in 0..runs {
        for (attempt, step_ms) in (1..).zip(schedule.steps_ms()) {
            let mut seconds: HashMap<i64, u32> = HashMap::new();
            for _ in 0..FAILURES {
                let wait = schedule.wait_ms(attempt, clock::fraction(), None).ok_or("no step")?;
                *seconds.entry(wait / SECOND_MS).or_default() += 1;
            }
            let most = f64::from(seconds.values().max().copied().unwrap_or_default());
            let bar = if *step_ms >= STEP_MIN_MS { ", at most 5" } else { "" };
            figures.add(
                &format!("step of {} min: % in one second{bar}", step_ms / MINUTE_MS),
                100.0 * most / f64::from(FAILURES),
            );
        }
    }
    println!("{FAILURES} failures of one second, the second that most of them come again in, {runs} runs");
    figures.print();
    Ok(())
}
