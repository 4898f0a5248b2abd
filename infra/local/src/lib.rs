//! The local stack: emulators and every function in one process.
//!
//! [`Local::start`] everything, in order ([`options`], [`state`], [`stack`]) · [`template`] what AWS would run, read
//! from template.yaml · [`emulators`] what stands for AWS ([`dynamodb`], [`sqs`], [`s3`]) · [`function`] how functions are
//! held · [`gateway`] the HTTP API behind [`http`]'s socket · [`stream_poller`] the stream's event source mapping
//! ([`filter`], [`checkpoint`], [`waker`]) · [`queue_poller`] a queue's · [`ticker`] schedules · [`stream_index`] and
//! [`housekeeping`] what the emulator does not do by itself · [`shutdown`] Ctrl-C · [`load`] a catalogue at once, of a
//! [`crowd`] · [`operator`] and [`settle`] what an operator does to a deployment · [`recount`] its catalogue anew

mod accept;
pub mod banner;
pub mod checkpoint;
pub mod client;
pub mod crowd;
pub mod demo;
pub mod dynamodb;
mod emulator;
pub mod emulators;
pub mod error;
mod fair_queues;
pub mod filter;
pub mod function;
pub mod functions;
pub mod gateway;
mod guard;
pub mod housekeeping;
pub mod http;
pub mod load;
pub mod narrator;
pub mod operator;
pub mod options;
mod private_file;
pub mod queue_poller;
pub mod receiver;
pub mod recount;
pub mod runtime;
pub mod s3;
pub mod sdk;
pub mod seed;
pub mod settle;
pub mod shutdown;
pub mod sqs;
pub mod stack;
pub mod state;
pub mod stream_index;
pub mod stream_poller;
pub mod template;
pub mod ticker;
pub mod tokens;
pub mod waker;
mod write_back;

pub use stack::Local;
