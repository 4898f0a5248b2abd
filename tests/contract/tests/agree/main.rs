//! template.yaml, openapi.yaml and the code say the same.
//!
//! [`routes`] paths and methods · [`schema`] tables, queues and what they start · [`examples`] the document's own
//! examples

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod examples;
mod routes;
mod schema;
