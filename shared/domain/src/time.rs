//! Points in time: milliseconds since the Unix epoch, written as RFC 3339 UTC with milliseconds.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

/// Milliseconds in one second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in one minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in one hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in one day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// A point in time, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time that many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(SECOND_MS)
    }

    /// The time `ms` milliseconds later (earlier when negative).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this time; negative when this time comes first.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// When the window of the clock that holds this time ends: windows of `window_ms` milliseconds follow each other from
    /// the epoch on, and each begins where the one before ends.
    #[must_use]
    pub const fn window_end(self, window_ms: i64) -> Self {
        Self((self.0.div_euclid(window_ms) + 1).saturating_mul(window_ms))
    }

    /// `2025-12-21T13:56:23.000Z`, the only form times have on the wire.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let format =
            format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let nanos = i128::from(self.0) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos)
            .ok()
            .and_then(|at| at.format(&format).ok())
            .unwrap_or_else(|| String::from("9999-12-31T23:59:59.999Z"))
    }

    /// Reads any RFC 3339 time; `None` when the text is none.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok().map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::{MINUTE_MS, Timestamp};

    #[test]
    fn a_window_ends_where_the_next_begins() {
        let end_of = |ms| Timestamp::from_ms(ms).window_end(MINUTE_MS).as_ms();
        assert_eq!([0, 1, 59_999, 60_000, -1].map(end_of), [60_000, 60_000, 60_000, 120_000, 0]);
    }

    #[test]
    fn prints_milliseconds_in_utc() {
        assert_eq!(Timestamp::from_ms(1_766_325_383_007).to_rfc3339(), "2025-12-21T13:56:23.007Z");
    }

    #[test]
    fn reads_what_it_prints() {
        let at = Timestamp::from_ms(1_766_325_383_007);
        assert_eq!(Timestamp::parse_rfc3339(&at.to_rfc3339()), Some(at));
        assert_eq!(Timestamp::parse_rfc3339("2025-12-21T14:56:23.007+01:00"), Some(at));
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    }
}
