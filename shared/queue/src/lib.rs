//! SQS: the delivery queues.
