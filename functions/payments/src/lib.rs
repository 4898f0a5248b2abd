//! Payments, refunds, receipts and their reconciliation.
