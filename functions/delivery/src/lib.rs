//! Queues to receivers: signs, sends, records, schedules; the sweeper.

pub mod client;
