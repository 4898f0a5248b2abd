//! The process edge: what a binary needs around the functions it runs.
//!
//! [`aws`] how SDK clients connect · [`clock`] time, ids, randomness · [`sealed`] keys and secrets at rest ·
//! [`fault`] hooks for crash tests

pub mod aws;
pub mod clock;
pub mod fault;
pub mod sealed;
