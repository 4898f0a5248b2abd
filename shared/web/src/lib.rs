//! The HTTP edge: requests, answers, problems, authentication, idempotency.
