//! OAuth 2.0 (RFC 6749, RFC 9700): who may ask users for access, and what becomes of their consent.
//!
//! - `client`, `redirect` who asks, and where the answer goes
//! - `pkce`, `scopes` what an authorization request says
//! - `code` consent on its way to the client, once
//! - `family` what a client holds afterwards: refresh tokens, each good once
//! - `device`, `user_code` the same for devices without a browser (RFC 8628)
//! - `handle` refresh tokens and device codes as texts
//! - `refusal` the standard's own words for "no"
//!
//! Only public clients with PKCE (`docs/adr/0026-an-authorization-server-of-our-own.md`).

mod client;
mod code;
mod device;
mod family;
mod handle;
mod pkce;
mod redirect;
mod refusal;
mod scopes;
mod user_code;

pub use self::client::{CLIENTS_PER_TENANT_MAX, Client, ClientRef, FIRST_PARTY, Registrant};
pub use self::code::{CODE_LIFETIME_MS, Code, Consent};
pub use self::device::{DEVICE_LIFETIME_MS, Device, DeviceState, POLL_SECS, Polled};
pub use self::family::{Family, FamilyRef, IDLE_MS, LIFETIME_MS};
pub use self::handle::{DeviceCode, RefreshToken};
pub use self::pkce::Challenge;
pub use self::redirect::{NotARedirect, RedirectUri};
pub use self::refusal::Refusal;
pub use self::scopes::{narrowed, offered, offered_to_devices, requested};
pub use self::user_code::UserCode;

/// Why a code or token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// It was used before: whoever holds what came of it may be a thief, so that is revoked (RFC 9700 section 4.14.2).
    Replayed(FamilyRef),
    /// It is not good, or not for this request; nothing follows.
    Refused(Refusal),
}
