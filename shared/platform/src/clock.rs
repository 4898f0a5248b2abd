//! The time and fresh ids: the impure arguments of `domain`.

use std::time::SystemTime;

use domain::Timestamp;
use uuid::Uuid;

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// A UUID v7 of this moment whose other 74 bits are all fresh from the system's CSPRNG. The `uuid` crate's own v7
/// counts within a millisecond; an anonymous order's id must not be guessable from its neighbour's.
#[must_use]
pub fn fresh_id() -> Uuid {
    let millis = u64::try_from(now().as_ms()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
}

/// A number in 0..1 for jitter.
#[must_use]
pub fn fraction() -> f64 {
    f64::from(u32::from_le_bytes(random())) / (f64::from(u32::MAX) + 1.0)
}

/// Bytes of the system's CSPRNG.
///
/// # Panics
/// When the system has no randomness to give: nothing can go on safely then.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without randomness no id or secret may be made")]
    getrandom::fill(&mut bytes).expect("the system's random number generator failed");
    bytes
}
