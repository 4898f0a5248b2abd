//! Stories through the public API of the whole system in process: the local stack on a free port, a real HTTP receiver,
//! the real AWS SDK against the emulators. Every answer that a story sees is held against `openapi.yaml`.
//!
//! `World` the system and its people · `Api` a caller · `Books` what the tables hold, and what must be true of it ·
//! `Interference` conflicts, throttles and lost answers between the SDK and the tables · `Outage` calls that fail until
//! told otherwise · `Hold` a call whose answer is late · `patience` waiting, with an end · `Petstore` the real binary as a
//! process that can be killed · `Tables` the tables while nothing runs

mod api;
mod audit;
mod between;
mod books;
mod catalogue;
mod hold;
mod image;
mod interference;
mod outage;
mod patience;
mod petstore;
mod roles;
mod tables;
mod world;

pub use api::{Api, code};
pub use books::Books;
pub use catalogue::{counted, miscounted, miscounted_of};
pub use hold::Hold;
pub use image::{form, put};
pub use interference::{Disturbance, Interference};
pub use local::client::Reply;
pub use local::crowd;
pub use local::receiver::{Received, Receiver};
pub use outage::Outage;
pub use patience::{arrivals, eventually, soon};
pub use petstore::{Petstore, binary};
pub use roles::Roles;
pub use tables::Tables;
pub use world::{Card, World, callback, id, payment};
