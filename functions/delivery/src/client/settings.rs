//! What a client is told once, at start.

use std::sync::Arc;
use std::time::Duration;

use domain::target::AddressPolicy;
use rustls::RootCertStore;

use super::resolve::{Resolve, SystemResolver};

/// The deadline when nothing else is set.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// The longest deadline that can be set.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(15);

/// The settings of a [`Client`](super::Client).
#[derive(Clone)]
pub struct Settings {
    /// Which addresses a connection may go to.
    pub policy: AddressPolicy,
    /// Whether public addresses may be reached at all; the local stack says no unless told `--allow-internet`.
    pub internet: bool,
    /// Ports of this machine where we ourselves listen: the local stack's API and emulators, which hold everybody's data.
    pub own_ports: Vec<u16>,
    /// The deadline over lookup, connection, TLS, request and the answer's head.
    pub timeout: Duration,
    /// How names become addresses.
    pub resolver: Arc<dyn Resolve>,
    /// Whose certificates are believed.
    pub roots: RootCertStore,
}

impl Settings {
    /// The usual settings under `policy`: the Internet allowed, five seconds, the system's resolver, Mozilla's roots.
    #[must_use]
    pub fn new(policy: AddressPolicy) -> Self {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let resolver = Arc::new(SystemResolver::new());
        Self { policy, internet: true, own_ports: Vec::new(), timeout: TIMEOUT_DEFAULT, resolver, roots }
    }
}
