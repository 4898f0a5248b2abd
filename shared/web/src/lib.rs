//! The HTTP edge: what lies between a Lambda event and a use case, and nothing of the use cases themselves.
//!
//! A function lists its [`Route`]s and gives [`serve()`] one handler: [`Request`] in, `domain::Result<`[`Answer`]`>`
//! out. Everything that is the same for every operation happens here, in this order:
//!
//! 1. `route`: the path, then the method; OPTIONS, HEAD, 404, 405
//! 2. `auth`: `X-Tenant-ID` and the bearer token become a claim, which `limit` counts, and a `Caller`; [`token`] mints and
//!    verifies
//! 3. `request`: what the handler reads, parsed: JSON, form, query, path, preconditions
//! 4. [`idempotency`]: `Idempotency-Key`, and the replay of what was already answered
//! 5. `answer`: what the handler says, and `payload`, its body; `problem`: the only table from errors to statuses
//! 6. `serve`: conditional answers, CORS, caching, one log line
//!
//! [`sign_in()`] holds a password against its user, under the limits on guessing; [`require_owner()`] lets only an owner
//! of the tenant through.
//!
//! [`lambda`] is the wiring that every `main.rs` shares.

mod accept;
mod answer;
mod auth;
mod edge;
mod error;
mod etag;
mod form;
mod header;
mod json;
mod limit;
mod media;
mod owner;
mod payload;
mod problem;
mod query;
mod request;
mod route;
mod serve;
mod sign_in;
mod strict;

pub mod idempotency;
pub mod lambda;
pub mod token;

pub use answer::Answer;
pub use edge::{Edge, Settings};
pub use form::Form;
pub use idempotency::Idempotency;
pub use json::sent;
pub use limit::{CodeGuess, Guess, Limited, Limits, Proven, Standing};
pub use media::BINARY_BYTES_MAX;
pub use owner::require_owner;
pub use payload::{Payload, Pieces};
pub use query::{Params, Query};
pub use request::Request;
pub use route::{Media, Route, Tenancy, route};
pub use serve::{serve, serve_open};
pub use sign_in::sign_in;
