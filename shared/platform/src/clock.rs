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

#[cfg(test)]
mod tests {
    use super::fresh_id;

    /// What says that it is a UUID v7: four bits of version, two of variant. The first 48 bits are the time.
    const MARKS: u128 = (0xf << 76) | (0b11 << 62);
    const AFTER_TIME: u128 = (1 << 80) - 1;

    #[test]
    fn all_74_bits_that_are_not_time_are_fresh() {
        let ids: Vec<_> = (0..256).map(|_| fresh_id()).collect();
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        let bits = || ids.iter().map(|id| id.as_u128() & AFTER_TIME & !MARKS);
        let (ones, zeros) = bits().fold((0, 0), |(ones, zeros), id| (ones | id, zeros | !id));
        assert_eq!((ones & zeros).count_ones(), 74, "each is 1 in some id and 0 in another");
        // A count within a millisecond, or from one to the next, would only grow.
        let growing = bits().zip(bits().skip(1)).filter(|(one, next)| one < next).count();
        assert!((64..192).contains(&growing), "{growing} of 255 are larger than the one before");
    }
}
