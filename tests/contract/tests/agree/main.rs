//! template.yaml, openapi.yaml and the code say the same.
//!
//! [`routes`] paths and methods · [`schema`] tables, queues and what they start · [`examples`] the document's own
//! examples

mod examples;
mod routes;
mod schema;
