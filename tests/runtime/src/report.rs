//! What the runs cost, as a table. Process starts on this machine with a warm page cache and plain HTTP on loopback:
//! no cold starts, which add the microVM, the package and TLS.

use std::io::Write as _;
use std::time::Duration;

use crate::process::Bootstrap;

/// What one function's process cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    function: String,
    init_ms: f64,
    first_ms: Option<f64>,
    warm_ms: Option<f64>,
    peak_rss_mib: Option<f64>,
    size_kib: Option<u64>,
}

impl Row {
    /// Of a process whose last `warm` invocations were alike, if it had so many. The first one was whatever the process
    /// was started for.
    #[must_use]
    pub fn of(bootstrap: &Bootstrap, warm: usize) -> Self {
        let durations = bootstrap.durations();
        Self {
            function: bootstrap.name().to_owned(),
            init_ms: ms(bootstrap.init()),
            first_ms: durations.first().copied().map(ms),
            warm_ms: durations.len().checked_sub(warm).and_then(|others| median(&durations[others..])),
            peak_rss_mib: bootstrap.peak_rss_kib().and_then(|kib| u32::try_from(kib).ok()).map(mib),
            size_kib: bootstrap.size_kib(),
        }
    }

    /// The median of each figure of several runs of one function.
    #[must_use]
    pub fn medians(runs: &[Self]) -> Option<Self> {
        let of = |figure: fn(&Self) -> Option<f64>| middle(runs.iter().filter_map(figure).collect());
        Some(Self {
            init_ms: of(|run| Some(run.init_ms))?,
            first_ms: of(|run| run.first_ms),
            warm_ms: of(|run| run.warm_ms),
            peak_rss_mib: of(|run| run.peak_rss_mib),
            ..runs.first()?.clone()
        })
    }

    fn line(&self) -> String {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        let size = self.size_kib.map_or_else(|| "-".to_owned(), |kib| kib.to_string());
        let (init, first, warm) = (number(Some(self.init_ms)), number(self.first_ms), number(self.warm_ms));
        line(&self.function, [init, first, warm, number(self.peak_rss_mib), size])
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn mib(kib: u32) -> f64 {
    f64::from(kib) / 1_024.0
}

/// The median of `durations` in milliseconds.
#[must_use]
pub fn median(durations: &[Duration]) -> Option<f64> {
    middle(durations.iter().copied().map(ms).collect())
}

/// The middle one; of an even number the upper.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The rows under their heads.
#[must_use]
pub fn table(title: &str, rows: &[Row]) -> String {
    let head =
        line("function", ["init ms", "first ms", "warm ms", "peak MiB", "size KiB"].map(str::to_owned));
    let lines: String = rows.iter().map(Row::line).collect();
    format!("\n{title}\n{head}{lines}")
}

fn line(function: &str, [init, first, warm, peak, size]: [String; 5]) -> String {
    format!("{function:<14} {init:>9} {first:>9} {warm:>9} {peak:>10} {size:>10}\n")
}

/// Prints, past the capture of test output: a table that nobody sees is none.
///
/// # Errors
/// When stdout is closed.
pub fn print(text: &str) -> std::io::Result<()> {
    std::io::stdout().lock().write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Row, median, table};

    #[test]
    fn the_median_is_in_the_middle() {
        let of = |ms: &[u64]| median(&ms.iter().copied().map(Duration::from_millis).collect::<Vec<_>>());
        assert_eq!([of(&[]), of(&[7]), of(&[9, 1, 5])], [None, Some(7.0), Some(5.0)]);
    }

    #[test]
    fn what_is_unknown_is_a_dash() {
        let row = Row {
            function: "orders".to_owned(),
            init_ms: 1.234,
            first_ms: None,
            warm_ms: Some(0.5),
            peak_rss_mib: None,
            size_kib: Some(7),
        };
        let text = table("debug", &[row]);
        let line = text.lines().last().unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(line, ["orders", "1.23", "-", "0.50", "-", "7"]);
    }
}
