//! Every function's own binary, started as Lambda starts it and fed what Lambda feeds it: from `POST /v1/pets` to a
//! signed webhook at a real receiver, through the emulators' stream and queues, without a line of our code between the
//! processes but the Runtime API.
//!
//! `cargo test --workspace --test functions` runs these tests alone and prints what each process cost.

mod hand_back;
mod refusals;
mod running;
mod spine;
mod streams;
mod tally;
