//! Figures of several runs.

use std::time::Duration;

/// The least, the median and the most.
pub(crate) fn of(mut figures: Vec<f64>) -> String {
    figures.sort_by(f64::total_cmp);
    match (figures.first(), figures.get(figures.len() / 2), figures.last()) {
        (Some(least), Some(median), Some(most)) => format!("{median:>9.2}  ({least:.2} … {most:.2})"),
        _ => "nothing".to_owned(),
    }
}

/// The `percent`th percentile, in milliseconds.
pub(crate) fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(0.0, |late| late.as_secs_f64() * 1_000.0)
}
