//! Where a webhook or callback goes: a URL somebody else chose, parsed once into a [`TargetUrl`] that cannot
//! point at an odd scheme, port or a literal address inside.
//!
//! This is fast feedback for whoever registers a URL. The control itself is at connect time, where the names
//! are resolved: the delivery client vets every address with the same [`AddressPolicy`], at every attempt.

mod address;
mod error;
mod host;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use url::{Host, Position, Url};

pub use address::{AddressPolicy, is_public};
pub use error::TargetError;
pub use host::is_local_name;

/// The most characters a target may have, as given and as sent.
pub const TARGET_CHARS_MAX: usize = 2_048;

/// The ports a target may name where only public addresses are allowed.
const PORTS: [u16; 2] = [443, 8443];

/// An absolute URL that deliveries may be sent to. Both ways of printing it show the host only: paths and
/// queries of callback URLs often hold their owner's secrets, and none of them may reach a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TargetUrl(Url);

impl TargetUrl {
    /// Reads `text`, refusing what `policy` does not allow and every URL of `own_hosts` (bare host names).
    ///
    /// The URL is kept in its WHATWG form, in which each address has one spelling only: `0x7f.1`, `2130706433`
    /// and `①②⑦.0.0.1` have all become `127.0.0.1` before the host is looked at.
    ///
    /// # Errors
    /// The first [`TargetError`] that applies.
    pub fn parse(text: &str, policy: AddressPolicy, own_hosts: &[String]) -> Result<Self, TargetError> {
        check_text(text)?;
        let mut url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
        host::drop_trailing_dot(&mut url)?;
        check_length(url.as_str())?;
        check_scheme_and_port(&url, policy)?;
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        host::check(&url, policy, own_hosts)?;
        Ok(Self(url))
    }

    /// The whole URL, as it is stored. Never log it: see [`Self::host`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host without its port, the only part ever shown; an IPv6 address stands in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host when it is a literal address, which no resolver will ever see.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        }
    }

    /// The port, the scheme's own when the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// `https://host:port`, the port always written: one connection serves one origin.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}:{}", self.0.scheme(), self.host(), self.port())
    }

    /// Origin and path, without the query: what is hashed to name the target's lane.
    #[must_use]
    pub fn lane_path(&self) -> String {
        format!("{}{}", self.origin(), self.0.path())
    }

    /// The value of the request's `Host` header: the port is written unless it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.0[Position::BeforeHost..Position::AfterPort]
    }

    /// Path and query: the request's target on the wire.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        &self.0[Position::BeforePath..Position::AfterQuery]
    }
}

impl fmt::Display for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host())
    }
}

impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TargetUrl({})", self.host())
    }
}

/// What must be checked before parsing, because the parser would repair it in silence: it drops tabs and line
/// feeds, trims blanks, reads `\` as `/`, accepts `https:host` and `https:///host`, and forgets an empty user.
fn check_text(text: &str) -> Result<(), TargetError> {
    check_length(text)?;
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(TargetError::Characters);
    }
    let (_, rest) = text.split_once("://").ok_or(TargetError::Malformed)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority {
        "" => Err(TargetError::Malformed),
        _ if authority.contains('@') => Err(TargetError::UserInfo),
        _ => Ok(()),
    }
}

fn check_length(text: &str) -> Result<(), TargetError> {
    if text.chars().count() > TARGET_CHARS_MAX { Err(TargetError::TooLong) } else { Ok(()) }
}

fn check_scheme_and_port(url: &Url, policy: AddressPolicy) -> Result<(), TargetError> {
    match (url.scheme(), policy) {
        ("https", AddressPolicy::Any) | ("http", AddressPolicy::Any) => Ok(()),
        ("https", AddressPolicy::PublicOnly)
            if !PORTS.contains(&url.port_or_known_default().unwrap_or(0)) =>
        {
            Err(TargetError::Port)
        }
        ("https", AddressPolicy::PublicOnly) => Ok(()),
        _ => Err(TargetError::Scheme),
    }
}
