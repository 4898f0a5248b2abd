//! The local stack: emulators and every function in one process.
//!
//! [`template`] what AWS would run, read from template.yaml · [`dynamodb`], [`sqs`] the emulators ·
//! [`stream_index`] keeps the emulated stream fast · [`function`] how functions are held ·
//! [`gateway`] the HTTP API, behind [`http`]'s socket · [`stream_poller`] the stream's event source mapping
//! ([`filter`], [`checkpoint`], [`waker`]) · [`queue_poller`] a queue's

pub mod checkpoint;
pub mod dynamodb;
mod emulator;
pub mod error;
mod fair_queues;
pub mod filter;
pub mod function;
pub mod gateway;
mod guard;
pub mod http;
pub mod queue_poller;
pub mod sdk;
pub mod sqs;
pub mod stream_index;
pub mod stream_poller;
pub mod template;
pub mod waker;
