//! The stories: each module is one part of the API or one promise, told through the front door.
//!
//! They are one binary: what one story waits for, another uses, and the SDK is linked once. `leak` alone stands beside
//! them, since it reads everything that its process logs.

mod bad_input;
mod callbacks;
mod chat;
mod concurrency;
mod cost;
mod crash;
mod failures;
mod idempotency;
mod images;
mod interference;
mod isolation;
mod limits;
mod management;
mod oauth;
mod orders;
mod payments;
mod pets;
mod retries;
mod settlement;
mod smoke;
mod users;
mod webhooks;
