//! Figures of several runs: the median, the least and the most, for neighbours on the machine show in a single one.

use std::time::Duration;

/// Figures by name, in the order in which they first came.
#[derive(Default)]
pub(crate) struct Figures(Vec<(String, Vec<f64>)>);

impl Figures {
    /// One more value of `name`.
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => self.0.push((name.to_owned(), vec![value])),
        }
    }

    /// The median of `name`.
    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        let (_, values) = self.0.iter().find(|(known, _)| known == name)?;
        let mut values = values.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// Prints a line for each: the median, then the least and the most.
    pub(crate) fn print(&self) {
        for (name, values) in &self.0 {
            println!("  {name:<48} {}", of(values.clone()));
        }
    }

    /// Prints the median of `name` as a share of `reference`, which was measured elsewhere.
    pub(crate) fn ratio(&self, what: &str, name: &str, reference: f64) {
        if let Some(median) = self.median(name) {
            println!("  {what:<48} {:>10.2} × ({reference})", median / reference);
        }
    }
}

/// The least, the median and the most.
fn of(mut figures: Vec<f64>) -> String {
    figures.sort_by(f64::total_cmp);
    match (figures.first(), figures.get(figures.len() / 2), figures.last()) {
        (Some(least), Some(median), Some(most)) => format!("{median:>10.3}  ({least:.3} … {most:.3})"),
        _ => "nothing".to_owned(),
    }
}

/// The `percent`th percentile, in milliseconds.
pub(crate) fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(0.0, |late| late.as_secs_f64() * 1_000.0)
}
