//! template.yaml, openapi.yaml, the code and its tests say the same.
//!
//! [`alarms`] metrics and who sends them · [`deployment`] what it keeps and limits · [`routes`] paths and methods ·
//! [`schema`] tables, queues and what they start · [`examples`] the document's own examples · [`descriptions`] what the
//! document says of everything in it · [`failures`] docs/failure-modes.md and the names of tests · [`guides`] what the
//! guides list

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod alarms;
mod deployment;
mod descriptions;
mod examples;
mod failures;
mod guides;
mod routes;
mod schema;
