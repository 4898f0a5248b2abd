//! DynamoDB: state, outbox and work indexes.
