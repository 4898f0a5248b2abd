//! Payment and refund as one mechanism: an operation is written to the order before the provider is asked, and
//! settled by one transaction afterwards. What crashes between is finished by `reconcile` under the same id, which
//! is also the provider's idempotency key: never two charges.

use serde::{Deserialize, Serialize};

use super::{Actor, Charge, Order, OrderStatus};
use crate::error::{Error, Quota, Result};
use crate::event::{PaymentEvent, PaymentEventKind, fresh_version};
use crate::id::{EventId, PaymentId, ReceiptId, RefundId};
use crate::payment::{Approval, ChargeOutcome, Payment, PaymentStatus, Receipt, RefundOutcome};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

/// Payments an order may try in all.
pub(super) const PAYMENT_ATTEMPTS_MAX: u32 = 20;
/// Declines that lock an order's payments for an hour.
pub(super) const DECLINES_MAX: u32 = 5;
/// How long after its start a running operation is somebody else's to finish, and the shortest pause between two looks.
const LOOK_MIN_MS: i64 = MINUTE_MS;
/// The longest pause between two looks.
const LOOK_MAX_MS: i64 = HOUR_MS;
/// After this the provider is only asked what it knows: providers forget idempotency keys after 24 hours.
const LOOK_UP_ONLY_MS: i64 = 23 * HOUR_MS;
/// After this nobody asks the provider for money any more, a request that asked at the last moment included.
const ASKED_MAX_MS: i64 = LOOK_UP_ONLY_MS + 5 * MINUTE_MS;
/// How long a provider may say that it is at work: a bank's debit takes some working days.
const AT_WORK_MAX_MS: i64 = 10 * DAY_MS;

/// A payment or refund that was begun and not yet settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveOperation {
    /// What runs.
    pub operation: Operation,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When somebody else than who began it looks at it: a minute after its start, then ever less often.
    pub due: Timestamp,
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

/// Whether the provider may only be asked what it knows of an operation begun at `since`: it may have forgotten the key
/// by now, and what it is asked for again would be done again.
#[must_use]
pub const fn is_look_up_only(since: Timestamp, now: Timestamp) -> bool {
    now.since_ms(since) > LOOK_UP_ONLY_MS
}

impl ActiveOperation {
    /// An operation that begins now.
    #[must_use]
    pub const fn begin(operation: Operation, key: Option<RequestKey>, now: Timestamp) -> Self {
        Self { operation, started_at: now, due: now.plus_ms(LOOK_MIN_MS), key }
    }

    /// Whether nobody asks the provider for anything any more, so that a person may say how it ended.
    #[must_use]
    pub const fn is_left_to_people(&self, now: Timestamp) -> bool {
        now.since_ms(self.started_at) > ASKED_MAX_MS
    }

    /// Whether it needs a person, after a look that did not settle it. A provider that `is_at_work` gets longer.
    #[must_use]
    pub const fn is_stuck(&self, is_at_work: bool, now: Timestamp) -> bool {
        let patience = if is_at_work { AT_WORK_MAX_MS } else { LOOK_UP_ONLY_MS };
        now.since_ms(self.started_at) > patience
    }
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
        self.active_operation = Some(ActiveOperation::begin(Operation::Pay(Box::new(payment)), key, now));
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
                format!("An order that is {} cannot be paid.", self.status),
            ));
        }
        match self.payments_locked_until {
            Some(until) if until > now => Err(Error::exhausted(
                "payments_locked",
                "Too many payments of this order were declined; it can be paid again in a while.",
                Quota { limit: u64::from(DECLINES_MAX), reset: until },
                now,
            )),
            _ if self.payment_attempts >= PAYMENT_ATTEMPTS_MAX => Err(Error::TooMany {
                code: "too_many_payments",
                detail: "This order's payments were tried too often; waiting does not change that."
                    .to_owned(),
                // The contract has it on every 429; nothing brings these tries back.
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
        self.active_operation = Some(ActiveOperation::begin(Operation::Refund { id, by }, None, now));
        Ok(self)
    }

    /// Leaves the running operation for later, after a look that did not settle it: for as long again as it has run,
    /// between a minute and an hour, so that those that cannot be settled do not stand before those that can.
    #[must_use]
    pub fn look_again_later(mut self, now: Timestamp) -> Self {
        if let Some(active) = &mut self.active_operation {
            let pause = now.since_ms(active.started_at).clamp(LOOK_MIN_MS, LOOK_MAX_MS);
            active.due = now.plus_ms(pause);
            self.version += 1;
            self.events = Vec::new();
        }
        self
    }

    /// The payment that runs under the key `id`, the operation it is, and the key.
    #[must_use]
    pub fn payment_under(&self, id: &str) -> Option<(&Payment, &ActiveOperation, &RequestKey)> {
        let active = self.active_operation.as_ref()?;
        match (&active.operation, &active.key) {
            (Operation::Pay(payment), Some(key)) if key.id == id => Some((payment, active, key)),
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
