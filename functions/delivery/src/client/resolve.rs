//! Names to addresses.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;

/// How long one name server may take before the next is asked; the delivery's deadline still stands above it.
const SERVER_TIMEOUT: Duration = Duration::from_secs(2);

/// A name without an address: there is none, or nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name could not be resolved")]
pub struct Unresolved;

/// Finds the addresses of a name. DNS belongs to the outside world, where tests need answers of their own.
pub trait Resolve: Send + Sync {
    /// All addresses of `host`, a name without a trailing dot.
    ///
    /// # Errors
    /// [`Unresolved`] when there are none.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, Unresolved>>;
}

/// The resolver of this machine: its name servers asked directly and their answers cached for as long as they say,
/// or the system's own (uncached) lookup where `/etc/resolv.conf` names none.
pub struct SystemResolver(Option<Box<TokioResolver>>);

impl SystemResolver {
    /// Reads the system's configuration once.
    #[must_use]
    pub fn new() -> Self {
        Self(name_servers().map(Box::new))
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, Unresolved>> {
        Box::pin(async move {
            let addresses = match &self.0 {
                Some(resolver) => ask(resolver, host).await?,
                None => look_up(host).await?,
            };
            if addresses.is_empty() { Err(Unresolved) } else { Ok(addresses) }
        })
    }
}

/// IPv6 is asked for only where there is no IPv4: functions outside a VPC cannot reach it.
fn name_servers() -> Option<TokioResolver> {
    let mut builder = TokioResolver::builder_tokio().ok()?;
    let options = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv4thenIpv6;
    options.timeout = SERVER_TIMEOUT;
    builder.build().ok()
}

/// The name is asked for as it stands (the dot at the end), never under one of the system's search domains.
async fn ask(resolver: &TokioResolver, host: &str) -> Result<Vec<IpAddr>, Unresolved> {
    let found = resolver.lookup_ip(format!("{host}.")).await.map_err(|_| Unresolved)?;
    Ok(found.iter().collect())
}

async fn look_up(host: &str) -> Result<Vec<IpAddr>, Unresolved> {
    let found = tokio::net::lookup_host((host, 0)).await.map_err(|_| Unresolved)?;
    Ok(found.map(|address| address.ip()).collect())
}
