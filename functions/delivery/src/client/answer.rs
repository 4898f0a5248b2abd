//! What came of one POST.

use std::time::{Duration, SystemTime};

use domain::Timestamp;
use http::{HeaderMap, header};

/// The outcome, and how long it took to be known: until the answer's head, or until the failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What happened.
    pub outcome: Outcome,
    /// Milliseconds from the start to the head or the failure.
    pub duration_ms: u32,
}

/// An answer, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The head of an answer arrived, whatever its status.
    Responded {
        /// The status code.
        status: u16,
        /// When the receiver wants to hear from us again, if it said so readably.
        retry_after: Option<RetryAfter>,
        /// The first bytes of the body, at most 4,096.
        body: Vec<u8>,
        /// Whether the body went on after those.
        body_truncated: bool,
    },
    /// No answer.
    Failed(FailureKind),
}

/// Why there is no answer. The texts are fixed, so that a receiver's network cannot be mapped by reading them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The deadline passed.
    Timeout,
    /// The name has no address, or nobody said which.
    Dns,
    /// The policy does not allow an address of the host.
    Refused,
    /// No connection to any address.
    Connect,
    /// No TLS session, an unacceptable certificate included.
    Tls,
    /// The connection ended, or what came was not HTTP.
    Protocol,
    /// The local stack does not send to the Internet.
    NotSent,
}

impl FailureKind {
    /// The machine-readable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Dns => "dns",
            Self::Refused => "address_not_allowed",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Protocol => "protocol",
            Self::NotSent => "not_sent",
        }
    }

    /// The text for people, the same for every failure of this kind.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Timeout => "no answer before the deadline",
            Self::Dns => "the host name could not be resolved",
            Self::Refused => "the address is not allowed",
            Self::Connect => "no connection could be made",
            Self::Tls => "no TLS session could be made",
            Self::Protocol => "the connection ended without a valid HTTP answer",
            Self::NotSent => "not sent: local stack",
        }
    }
}

/// A `Retry-After` header (RFC 9110, 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// So many seconds after the answer.
    Seconds(u32),
    /// At this time.
    At(Timestamp),
}

impl RetryAfter {
    /// Reads the header; `None` when it is absent, repeated or neither a number of seconds nor a date. Numbers that
    /// do not fit become the largest that does: the schedule clamps them anyway.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::RETRY_AFTER).iter();
        let text = values.next()?.to_str().ok()?.trim();
        if values.next().is_some() {
            return None;
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Seconds(text.parse().unwrap_or(u32::MAX)));
        }
        let at = httpdate::parse_http_date(text).ok()?;
        let since_epoch = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Some(Self::At(Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))))
    }

    /// Milliseconds to wait from `now`; none are left when the time has passed.
    #[must_use]
    pub fn wait_ms(self, now: Timestamp) -> i64 {
        match self {
            Self::Seconds(seconds) => i64::from(seconds) * 1_000,
            Self::At(at) => at.since_ms(now).max(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use http::{HeaderMap, HeaderValue, header};

    use super::RetryAfter;

    fn read(values: &[&[u8]]) -> Option<RetryAfter> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::RETRY_AFTER, HeaderValue::from_bytes(value).unwrap());
        }
        RetryAfter::of(&headers)
    }

    #[test]
    fn reads_seconds_and_dates() {
        let epoch_plus_a_day = Some(RetryAfter::At(Timestamp::from_ms(86_400_000)));
        assert_eq!(read(&[b"120"]), Some(RetryAfter::Seconds(120)));
        assert_eq!(read(&[b" 0 "]), Some(RetryAfter::Seconds(0)));
        assert_eq!(read(&[b"99999999999999999999"]), Some(RetryAfter::Seconds(u32::MAX)));
        assert_eq!(read(&[b"Fri, 02 Jan 1970 00:00:00 GMT"]), epoch_plus_a_day);
        assert_eq!(read(&[b"Friday, 02-Jan-70 00:00:00 GMT"]), epoch_plus_a_day);
    }

    #[test]
    fn ignores_everything_else() {
        for value in [&b""[..], b"-1", b"+5", b"1.5", b"soon", b"\xff\xfe", b"0x10", b"Fri, 99 Foo 1970"] {
            assert_eq!(read(&[value]), None, "{value:?}");
        }
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[b"1", b"2"]), None);
    }

    #[test]
    fn waits_from_now_and_never_into_the_past() {
        let now = Timestamp::from_ms(10_000);
        assert_eq!(RetryAfter::Seconds(2).wait_ms(now), 2_000);
        assert_eq!(RetryAfter::At(Timestamp::from_ms(11_500)).wait_ms(now), 1_500);
        assert_eq!(RetryAfter::At(Timestamp::from_ms(9_000)).wait_ms(now), 0);
    }
}
