//! The process edge: what a binary needs around the functions it runs.
//!
//! - starting: [`lambda`] what every `main.rs` does, [`config`] settings, [`aws`] how SDK clients connect, [`endpoint`] where to,
//!   [`plain`] without saying who calls
//! - seeing: [`telemetry`] logs, [`metrics`] numbers
//! - running: [`batch`] queues and streams with partial failure, [`cache`] a map that forgets
//! - the world: [`clock`] time, ids, randomness; [`sealed`] keys and secrets at rest; [`password`] hashing; [`fault`] hooks for crash tests

pub mod allocator;
pub mod aws;
pub mod batch;
pub mod cache;
pub mod clock;
pub mod config;
pub mod endpoint;
pub mod fault;
pub mod lambda;
pub mod metrics;
pub mod password;
pub mod plain;
pub mod sealed;
pub mod telemetry;
