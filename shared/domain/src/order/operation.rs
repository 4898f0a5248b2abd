//! Payment and refund as one mechanism: an operation is written to the order before the provider is asked, and
//! settled by one transaction afterwards. What crashes between is finished by `reconcile` under the same id, which
//! is also the provider's idempotency key: never two charges.

use serde::{Deserialize, Serialize};

use super::{Actor, Charge, Order, OrderStatus};
use crate::error::{Error, Result};
use crate::event::{PaymentEvent, PaymentEventKind, fresh_version};
use crate::id::{EventId, PaymentId, ReceiptId, RefundId};
use crate::payment::{Approval, ChargeOutcome, Payment, PaymentStatus, Receipt, RefundOutcome};
use crate::time::{HOUR_MS, Timestamp};

/// Payments an order may try in all.
pub(super) const PAYMENT_ATTEMPTS_MAX: u32 = 20;
/// Declines that lock an order's payments for an hour.
pub(super) const DECLINES_MAX: u32 = 5;

/// A payment or refund that was begun and not yet settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveOperation {
    /// What runs.
    pub operation: Operation,
    /// When it was begun.
    pub started_at: Timestamp,
    /// The `Idempotency-Key` it was begun under.
    pub key: Option<RequestKey>,
}

/// An `Idempotency-Key` and what it was sent with, as keyed hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestKey {
    /// Of pool, caller, operation and key.
    pub id: String,
    /// Of the request.
    pub fingerprint: String,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A charge; the payment is `PROCESSING` and holds the provider's token.
    Pay(Box<Payment>),
    /// The refund of the order's charge, which cancels the order.
    Refund {
        /// The refund's id, the provider's idempotency key.
        id: RefundId,
        /// Who cancelled.
        by: Actor,
    },
}

/// What a settled operation writes; each part in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The order after.
    pub order: Order,
    /// The payment after.
    pub payment: Payment,
    /// The key that the outcome answers, from now on and for 24 hours.
    pub key: Option<RequestKey>,
}

impl Order {
    /// Begins to pay: the order is `PLACED`, idle, not locked, and the amount is its total.
    ///
    /// # Errors
    /// [`Error::Conflict`] in another status or while an operation runs, [`Error::TooMany`] when locked or tried
    /// too often. The amount was compared before ([`Payment::check_amount`]).
    pub fn begin_payment(
        mut self,
        payment: Payment,
        key: Option<RequestKey>,
        now: Timestamp,
    ) -> Result<Self> {
        self.payable(now)?;
        self.version += 1;
        self.events = Vec::new();
        self.payment_attempts += 1;
        if self.payments_locked_until.take().is_some() {
            self.declines = 0;
        }
        self.active_operation =
            Some(ActiveOperation { operation: Operation::Pay(Box::new(payment)), started_at: now, key });
        Ok(self)
    }

    /// Whether a payment may begin now.
    ///
    /// # Errors
    /// As [`Order::begin_payment`].
    pub fn payable(&self, now: Timestamp) -> Result<()> {
        self.refuse_while_operating()?;
        if self.status != OrderStatus::Placed {
            return Err(Error::conflict(
                "invalid_status",
                format!("A {} order cannot be paid.", self.status),
            ));
        }
        match self.payments_locked_until {
            Some(until) if until > now => Err(Error::TooMany {
                code: "payments_locked",
                detail: "Too many declined payments; this order's payments are locked for a while."
                    .to_owned(),
                retry_after_secs: u32::try_from(until.since_ms(now) / 1_000 + 1).unwrap_or(u32::MAX),
                quota: None,
            }),
            _ if self.payment_attempts >= PAYMENT_ATTEMPTS_MAX => Err(Error::TooMany {
                code: "too_many_payments",
                detail: "This order's payments were tried too often.".to_owned(),
                retry_after_secs: 86_400,
                quota: None,
            }),
            _ => Ok(()),
        }
    }

    /// Begins the refund that cancels a paid order.
    ///
    /// # Errors
    /// [`Error::Conflict`] in another status than `APPROVED` or while an operation runs.
    pub fn begin_refund(mut self, id: RefundId, by: Actor, now: Timestamp) -> Result<Self> {
        self.refuse_while_operating()?;
        if self.status != OrderStatus::Approved {
            return Err(self.refuse(OrderStatus::Cancelled));
        }
        self.version += 1;
        self.events = Vec::new();
        self.active_operation =
            Some(ActiveOperation { operation: Operation::Refund { id, by }, started_at: now, key: None });
        Ok(self)
    }

    /// The payment that runs under the key `id`, since when, and the key.
    #[must_use]
    pub fn payment_under(&self, id: &str) -> Option<(&Payment, Timestamp, &RequestKey)> {
        match &self.active_operation {
            Some(ActiveOperation { operation: Operation::Pay(payment), started_at, key: Some(key) })
                if key.id == id =>
            {
                Some((payment, *started_at, key))
            }
            _ => None,
        }
    }

    /// The running payment, if it is `id`.
    #[must_use]
    pub fn running_payment(&self, id: PaymentId) -> Option<&Payment> {
        match &self.active_operation {
            Some(ActiveOperation { operation: Operation::Pay(payment), .. }) if payment.id == id => {
                Some(payment)
            }
            _ => None,
        }
    }

    /// The running refund, if it is `id`.
    #[must_use]
    pub fn is_refunding(&self, id: RefundId) -> bool {
        matches!(&self.active_operation, Some(active) if matches!(active.operation, Operation::Refund { id: running, .. } if running == id))
    }

    /// Settles the running payment with the provider's word: `SUCCEEDED` and `APPROVED`, or `FAILED` and `PLACED`.
    ///
    /// # Errors
    /// [`Error::Conflict`] `operation_settled` when no payment runs: someone else settled it.
    pub fn settle_payment(
        mut self,
        outcome: ChargeOutcome,
        ids: SettleIds,
        now: Timestamp,
    ) -> Result<Settled> {
        let Some(ActiveOperation { operation: Operation::Pay(payment), key, .. }) =
            self.active_operation.take()
        else {
            return Err(Error::conflict("operation_settled", "No payment of this order is running."));
        };
        let mut payment = *payment;
        let kind = match outcome {
            ChargeOutcome::Approved(approval) => {
                self = self.approve(&payment, &approval, ids.order_event, now);
                payment.status = PaymentStatus::Succeeded;
                payment.receipt = Some(Receipt { id: ReceiptId::of(self.id), generated_at: self.updated_at });
                payment.approval = Some(approval);
                PaymentEventKind::Succeeded
            }
            ChargeOutcome::Declined(reason) => {
                self = self.decline(now);
                payment.status = PaymentStatus::Failed;
                payment.failure = Some(reason);
                PaymentEventKind::Failed
            }
        };
        payment.settled_at = Some(self.updated_at);
        payment.events = vec![PaymentEvent { id: ids.payment_event, kind, order: (&self).into() }];
        Ok(Settled { order: self, payment, key })
    }

    /// Settles the running refund of `payment`: `CANCELLED` both, or back to `APPROVED` when it was refused.
    ///
    /// # Errors
    /// [`Error::Conflict`] `operation_settled` when no refund runs.
    pub fn settle_refund(
        mut self,
        mut payment: Payment,
        outcome: RefundOutcome,
        ids: SettleIds,
        now: Timestamp,
    ) -> Result<Settled> {
        let Some(ActiveOperation { operation: Operation::Refund { by, .. }, .. }) =
            self.active_operation.take()
        else {
            return Err(Error::conflict("operation_settled", "No refund of this order is running."));
        };
        payment.version += 1;
        match outcome {
            RefundOutcome::Refunded => {
                self = self.enter(OrderStatus::Cancelled, by, ids.order_event, now);
                payment.status = PaymentStatus::Cancelled;
                payment.settled_at = Some(self.updated_at);
                let kind = PaymentEventKind::Refunded;
                payment.events = vec![PaymentEvent { id: ids.payment_event, kind, order: (&self).into() }];
            }
            RefundOutcome::Refused => {
                self.version += 1;
                self.events = Vec::new();
                payment.events = Vec::new();
            }
        }
        Ok(Settled { order: self, payment, key: None })
    }

    fn approve(mut self, payment: &Payment, approval: &Approval, event: EventId, now: Timestamp) -> Self {
        self.charge = Some(Charge {
            payment_id: payment.id,
            transaction_id: approval.transaction_id.clone(),
            approval_code: approval.approval_code.clone(),
            processor: approval.processor.clone(),
        });
        self.enter(OrderStatus::Approved, Actor::System, event, now)
    }

    fn decline(mut self, now: Timestamp) -> Self {
        (self.version, self.updated_at) = fresh_version(self.version, self.updated_at, now);
        self.events = Vec::new();
        self.declines += 1;
        if self.declines >= DECLINES_MAX {
            self.payments_locked_until = Some(now.plus_ms(HOUR_MS));
        }
        self
    }
}

/// Fresh ids for what a settled operation causes.
#[derive(Clone, Copy, Debug)]
pub struct SettleIds {
    /// The id of `order.statusChanged`.
    pub order_event: EventId,
    /// The id of `payment.succeeded`, `payment.failed` or `payment.refunded`.
    pub payment_event: EventId,
    /// The id of `pet.statusChanged`.
    pub pet_event: EventId,
}
