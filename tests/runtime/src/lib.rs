//! The built binaries, run as Lambda runs them: each one a process with Lambda's environment, asking a Runtime API
//! for its invocations. Nothing here links a function's code.
//!
//! - [`binaries`] builds them, once · [`api`] the Runtime API · [`process`] one bootstrap under it
//! - [`stack`] the emulators, and the environment that template.yaml gives each function
//! - [`events`] the sample events of `infra/events`, filled in · [`receiver`] a webhook receiver
//! - [`report`] what the runs cost

use std::error::Error;

pub mod api;
pub mod binaries;
pub mod events;
pub mod process;
pub mod receiver;
pub mod report;
mod serve;
pub mod stack;

/// Whatever went wrong; a test only prints it.
pub type BoxError = Box<dyn Error + Send + Sync>;
/// A result whose error a test only prints.
pub type Result<T, E = BoxError> = std::result::Result<T, E>;
