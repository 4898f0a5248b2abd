//! Stories through the public API of the whole system in process: the local stack on a free port, a real HTTP receiver,
//! the real AWS SDK against the emulators. Every answer that a story sees is held against `openapi.yaml`.

mod api;
mod world;

pub use api::Api;
pub use local::client::Reply;
pub use local::receiver::{Received, Receiver};
pub use world::{Card, World, callback, id, payment};
