//! Webhook endpoints, deliveries and keys.
