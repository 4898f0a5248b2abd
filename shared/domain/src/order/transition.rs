//! Ship, deliver and cancel: the plain steps of the state machine.

use super::{Actor, Order, OrderStatus, TimelineEntry};
use crate::callback::CallbackRequest;
use crate::error::{Error, Result};
use crate::event::{OrderEvent, OrderEventKind, fresh_version};
use crate::id::EventId;
use crate::time::{DAY_MS, Timestamp};

/// The steps that staff take with `PATCH /orders/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ship {
    /// Dispatched.
    Shipped,
    /// Completed.
    Delivered,
}

impl Ship {
    /// Where the step leads.
    #[must_use]
    pub const fn status(self) -> OrderStatus {
        match self {
            Self::Shipped => OrderStatus::Shipped,
            Self::Delivered => OrderStatus::Delivered,
        }
    }
}

/// Seconds after which a client may ask again while a payment or refund runs.
const OPERATION_RETRY_SECS: u32 = 2;

impl Order {
    /// Dispatches or completes a paid order.
    ///
    /// # Errors
    /// [`Error::Conflict`] from any other status, or while an operation runs.
    pub fn ship(self, step: Ship, by: Actor, event: EventId, now: Timestamp) -> Result<Self> {
        self.refuse_while_operating()?;
        let (from, to) = match step {
            Ship::Shipped => (OrderStatus::Approved, step.status()),
            Ship::Delivered => (OrderStatus::Shipped, step.status()),
        };
        if self.status == from { Ok(self.enter(to, by, event, now)) } else { Err(self.refuse(to)) }
    }

    /// Cancels an unpaid order; a paid one is cancelled through its refund.
    ///
    /// # Errors
    /// [`Error::Conflict`] from any other status than `PLACED`, or while an operation runs.
    pub fn cancel_unpaid(self, by: Actor, event: EventId, now: Timestamp) -> Result<Self> {
        self.refuse_while_operating()?;
        match self.status {
            OrderStatus::Placed => Ok(self.enter(OrderStatus::Cancelled, by, event, now)),
            _ => Err(self.refuse(OrderStatus::Cancelled)),
        }
    }

    /// Counts a callback request. One that waits for the payment keeps the pet until its own time is over, but never for
    /// longer than a day from the order's making: asking again and again holds no pet.
    #[must_use]
    pub fn with_callback(mut self, request: &CallbackRequest) -> Self {
        self.callbacks += 1;
        self.version += 1;
        self.events = Vec::new();
        if request.settlement.is_none() {
            let until = request.deadline.min(self.created_at.plus_ms(DAY_MS));
            self.reserved_until = self.reserved_until.map(|reserved| reserved.max(until));
        }
        self
    }

    /// Whether the reservation of an unpaid order has ended and nothing is moving its money.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.status == OrderStatus::Placed
            && self.active_operation.is_none()
            && self.reserved_until.is_some_and(|until| until <= now)
    }

    /// Refuses everything that must not happen while money moves.
    ///
    /// # Errors
    /// [`Error::Conflict`] `operation_in_progress`, worth a retry.
    pub fn refuse_while_operating(&self) -> Result<()> {
        match self.active_operation {
            None => Ok(()),
            Some(_) => Err(Error::Conflict {
                code: "operation_in_progress",
                detail: "A payment or refund of this order is still running.".to_owned(),
                retry_after_secs: Some(OPERATION_RETRY_SECS),
            }),
        }
    }

    /// The conflict of asking for `to` from where the order stands.
    pub(super) fn refuse(&self, to: OrderStatus) -> Error {
        Error::conflict("invalid_status", format!("An order that is {} cannot become {to}.", self.status))
    }

    /// Enters `status` and says so.
    pub(super) fn enter(mut self, status: OrderStatus, by: Actor, event: EventId, now: Timestamp) -> Self {
        let previous = self.status;
        (self.version, self.updated_at) = fresh_version(self.version, self.updated_at, now);
        self.status = status;
        self.timeline.push(TimelineEntry { status, at: self.updated_at, by });
        self.events = vec![OrderEvent { id: event, kind: OrderEventKind::StatusChanged { previous, by } }];
        if status != OrderStatus::Placed {
            self.reserved_until = None;
        }
        self
    }
}
