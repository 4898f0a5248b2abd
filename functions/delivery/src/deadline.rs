//! How long a receiver has to answer, and what must last longer: whoever is given the same try meanwhile would send it
//! twice.

use std::time::Duration;

use domain::delivery::GRACE_MS;
use platform::config::{self, ConfigError};
use queue::schema::VISIBILITY_TIMEOUT_SECS;

use crate::client::{TIMEOUT_DEFAULT, TIMEOUT_MAX};

/// What comes after the answer's head: the rest of its body and the outcome's record.
pub const MARGIN: Duration = Duration::from_secs(5);

const TIMEOUT: &str = "DELIVERY_TIMEOUT_SECS";
const VISIBILITY: &str = "QUEUE_VISIBILITY_SECS";

// A lease, which lasts for the grace, outlives the longest send that can be set.
const _: () = assert!(TIMEOUT_MAX.as_millis() + MARGIN.as_millis() <= GRACE_MS.unsigned_abs() as u128);

/// The deadline from `DELIVERY_TIMEOUT_SECS` (1 to 15, 5 unless set), held against `QUEUE_VISIBILITY_SECS`, for which a
/// message that was received is out of sight.
///
/// # Errors
/// [`ConfigError`] naming the variable that does not fit.
pub fn from_env() -> Result<Duration, ConfigError> {
    deadline(config::parsed(TIMEOUT)?, config::parsed(VISIBILITY)?.unwrap_or(VISIBILITY_TIMEOUT_SECS))
}

fn deadline(timeout_secs: Option<u32>, visibility_secs: u32) -> Result<Duration, ConfigError> {
    let timeout = timeout_secs.map_or(TIMEOUT_DEFAULT, |secs| Duration::from_secs(secs.into()));
    if timeout.is_zero() || timeout > TIMEOUT_MAX {
        return Err(ConfigError::invalid(TIMEOUT, "must be 1 to 15"));
    }
    let least = timeout + MARGIN;
    if Duration::from_secs(visibility_secs.into()) < least {
        let reason = format!("must be at least {} s, the deadline and what follows it", least.as_secs());
        return Err(ConfigError::invalid(VISIBILITY, reason));
    }
    Ok(timeout)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::deadline;

    #[test]
    fn d9_a_queue_that_shows_a_message_again_too_early_is_refused() {
        assert!(deadline(Some(15), 19).is_err());
        assert_eq!(deadline(Some(15), 20), Ok(Duration::from_secs(15)));
        assert!(deadline(None, 9).is_err());
        assert_eq!(deadline(None, 180), Ok(Duration::from_secs(5)));
    }

    #[test]
    fn a_deadline_has_bounds() {
        assert!(deadline(Some(0), 180).is_err());
        assert!(deadline(Some(16), 180).is_err());
        assert_eq!(deadline(Some(1), 180), Ok(Duration::from_secs(1)));
    }
}
