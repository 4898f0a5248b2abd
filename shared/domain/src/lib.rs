//! Types and decisions of the store, in no transport's words.
//!
//! Nothing here awaits, reads a clock, draws randomness or touches the environment: the time, fresh ids and
//! jitter are arguments (`clippy.toml` beside this crate holds the line). Read the modules in this order:
//!
//! - values: [`time`], [`id`], [`tenant`], [`money`], [`caller`], [`error`]
//! - who uses it: [`user`], [`invitation`], [`oauth`]
//! - what the shop sells and does: [`pet`], [`photo`], [`catalogue`], [`order`], [`payment`], [`callback`]
//! - what others hear of it: [`event`], [`webhook`], [`target`], [`delivery`], [`retry`],
//!   [`breaker`], [`signature`]

pub mod caller;
pub mod error;
pub mod id;
pub mod money;
pub mod tenant;
pub mod time;

pub mod invitation;
pub mod oauth;
pub mod user;

pub mod callback;
pub mod catalogue;
pub mod order;
pub mod payment;
pub mod pet;
pub mod photo;

pub mod breaker;
pub mod delivery;
pub mod event;
pub mod retry;
pub mod signature;
pub mod target;
pub mod webhook;
mod wire;

pub use caller::Caller;
pub use error::{Error, FieldError, Quota, Result, alternatives, required};
pub use money::{Currency, Money};
pub use tenant::{Scope, TenantId};
pub use time::Timestamp;
