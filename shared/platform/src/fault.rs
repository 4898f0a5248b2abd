//! Fault hooks: named points between the steps of a path, at which a test can kill the process.
//!
//! Production never arms them; a point then costs one relaxed load. The local stack arms one from `PETSTORE_FAULT`
//! (`name` or `name:n` for the n-th time the point is passed), so that crash tests can stop it exactly there.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

static ARMED: OnceLock<Fault> = OnceLock::new();

struct Fault {
    name: String,
    passes_left: AtomicU32,
}

/// Arms the point `spec` names: `name` or `name:n`. Only the first call of a process counts.
pub fn arm(spec: &str) {
    let (name, passes) = match spec.rsplit_once(':').and_then(|(name, n)| Some((name, n.parse().ok()?))) {
        Some((name, n)) => (name, n),
        None => (spec, 1),
    };
    let fault = Fault { name: name.to_owned(), passes_left: AtomicU32::new(passes) };
    if ARMED.set(fault).is_err() {
        tracing::warn!("a fault is already armed");
    }
}

/// Passes the point `name`: kills the process, without unwinding, when a test armed it.
pub fn point(name: &str) {
    let Some(fault) = ARMED.get().filter(|fault| fault.name == name) else { return };
    if fault.passes_left.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}
