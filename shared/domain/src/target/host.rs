//! Which hosts a target may name.

use std::net::IpAddr;

use url::{Host, Url};

use super::{AddressPolicy, TargetError};

/// Names no public zone will ever hold: RFC 6761 (`localhost`), RFC 6762 (`local`), RFC 8375 (`home.arpa`) and
/// `internal`, which ICANN reserved for private use in 2024 (and clouds used for metadata before).
const LOCAL_ZONES: [&str; 4] = ["localhost", "local", "home.arpa", "internal"];

/// Whether `name` can only mean something near: a single label, or a name in a zone reserved for private use.
#[must_use]
pub fn is_local_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let is_in =
        |zone: &str| name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL_ZONES.into_iter().any(is_in)
}

/// Rewrites `host.` to `host`: they are the same host, and must not count as two (own hosts, lanes, limits).
pub(super) fn drop_trailing_dot(url: &mut Url) -> Result<(), TargetError> {
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let Some(bare) = name.strip_suffix('.').map(str::to_owned) else { return Ok(()) };
    let is_one_dot = !bare.is_empty() && !bare.ends_with('.');
    if is_one_dot {
        url.set_host(Some(&bare)).map_err(|_| TargetError::Malformed)
    } else {
        Err(TargetError::Malformed)
    }
}

/// Refuses our own hosts, whatever the policy, and hosts that `policy` does not allow.
pub(super) fn check(url: &Url, policy: AddressPolicy, own_hosts: &[String]) -> Result<(), TargetError> {
    let host = url.host_str().ok_or(TargetError::Malformed)?;
    if own_hosts.iter().any(|own| own.strip_suffix('.').unwrap_or(own).eq_ignore_ascii_case(host)) {
        return Err(TargetError::OwnHost);
    }
    let is_allowed = match url.host() {
        None => false,
        Some(Host::Domain(name)) => policy == AddressPolicy::Any || !is_local_name(name),
        Some(Host::Ipv4(address)) => policy.allows(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => policy.allows(IpAddr::V6(address)),
    };
    if is_allowed { Ok(()) } else { Err(TargetError::NotPublic) }
}
