//! Which addresses a connection to a target may be made to, decided anew for every connection.

use std::net::{IpAddr, SocketAddr};

use domain::target::{AddressPolicy, TargetUrl, is_local_name, is_public};

use super::answer::FailureKind;
use super::settings::Settings;

/// The addresses of `target`, each of them allowed; the caller dials these and looks nothing up again.
///
/// One address that is not allowed refuses them all: a name that also points inside is either a mistake or an
/// attempt. Literal addresses never see a resolver and are vetted here just the same, even though
/// [`TargetUrl::parse`] has done so before: it may have been under another policy.
///
/// # Errors
/// [`FailureKind::Refused`], [`FailureKind::NotSent`] or [`FailureKind::Dns`].
pub(super) async fn addresses(
    settings: &Settings,
    target: &TargetUrl,
) -> Result<Vec<SocketAddr>, FailureKind> {
    if settings.policy == AddressPolicy::PublicOnly && !target.is_secure() {
        return Err(FailureKind::Refused);
    }
    let found = match target.address() {
        Some(address) => vec![address],
        None => look_up(settings, target.host()).await?,
    };
    let is_ours = |address: &IpAddr| is_here(*address) && settings.own_ports.contains(&target.port());
    if found.iter().any(is_ours) {
        return Err(FailureKind::Refused);
    }
    found.iter().try_for_each(|&address| check(settings, address))?;
    Ok(found.into_iter().map(|address| SocketAddr::new(address, target.port())).collect())
}

/// Without the Internet only names that mean something near are looked up at all.
async fn look_up(settings: &Settings, host: &str) -> Result<Vec<IpAddr>, FailureKind> {
    if !settings.internet && !is_local_name(host) {
        return Err(FailureKind::NotSent);
    }
    settings.resolver.resolve(host).await.map_err(|_| FailureKind::Dns)
}

/// Whether a connection to `address` ends on this machine: loopback, its mapped form, and the address that means it.
fn is_here(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified()
}

fn check(settings: &Settings, address: IpAddr) -> Result<(), FailureKind> {
    match address {
        _ if !settings.policy.allows(address) => Err(FailureKind::Refused),
        _ if !settings.internet && is_public(address) => Err(FailureKind::NotSent),
        _ => Ok(()),
    }
}
