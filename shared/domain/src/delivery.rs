//! Deliveries: one event for one target, with every HTTP try. The row is the truth; queue messages only wake it.

mod due;
mod id;
mod record;
mod restart;
mod turn;

use crate::callback::CallbackRequest;
use crate::event::{Event, EventType};
use crate::id::{EndpointId, OrderId, RequestId, UserId};
use crate::retry::Schedule;
use crate::tenant::Scope;
use crate::time::Timestamp;
use crate::webhook::{Endpoint, EndpointStatus, Sealed};
use crate::wire::wire_enum;

pub use due::{Due, GRACE_MS, MESSAGE_DELAY_MAX_MS};
pub use id::DeliveryId;
pub use record::{ATTEMPTS_KEPT, Attempt, Next, TryOutcome};
pub use turn::Resent;

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The pool it belongs to.
    pub scope: Scope,
    /// Whom it is for.
    pub target: Target,
    /// What it tells; `None` for a callback.
    pub event_type: Option<EventType>,
    /// The order's version, for `X-Petstore-Order-Version`.
    pub order_version: Option<u64>,
    /// The bytes to send, rendered once.
    pub body: String,
    /// When failed tries are repeated.
    pub schedule: Schedule,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The next try's number, from 1. A message with another number is stale.
    pub attempt: u32,
    /// When somebody must look at it again; `None` once it is final.
    pub due: Option<Due>,
    /// How often the sweeper sent it again since its last try.
    pub heals: u32,
    /// Whether a worker holds it until `due`; other copies of its message then leave it alone.
    pub is_leased: bool,
    /// The tries so far, the last [`ATTEMPTS_KEPT`] of them.
    pub attempts: Vec<Attempt>,
    /// The try at which the schedule began: 1, or where it was begun again by hand.
    pub chain_start: u32,
    /// When it was begun again by hand.
    pub restarted_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when nothing more is sent by itself.
    pub ended_at: Option<Timestamp>,
}

wire_enum! {
    /// Where a delivery stands.
    DeliveryStatus {
        Pending = "PENDING", Delivered = "DELIVERED", Failed = "FAILED", Paused = "PAUSED",
    }
}

/// Whom a delivery is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A standing endpoint; URL and secrets are read from it at every try.
    Endpoint {
        /// The endpoint.
        id: EndpointId,
        /// Who made it; in the shared pool part of its key.
        owner: UserId,
    },
    /// A callback: URL and caller travel with the delivery.
    Callback {
        /// The order asked about.
        order_id: OrderId,
        /// The request.
        request_id: RequestId,
        /// Who asked; a guest's request has its own secret.
        caller: Option<UserId>,
        /// Where to call, sealed.
        url: Sealed,
    },
}

/// Days for which a delivery is kept and listed, counted from its making.
pub const DAYS_KEPT: i64 = 30;

impl Delivery {
    /// The first try of `event`, rendered as `body`, at `endpoint`, due at `due`; for an endpoint that is switched off,
    /// a delivery that waits for it to come back.
    #[must_use]
    pub fn webhook(event: &Event, endpoint: &Endpoint, body: String, due: Due, now: Timestamp) -> Self {
        let is_on = endpoint.status == EndpointStatus::Enabled;
        Self {
            event_type: Some(event.event_type),
            order_version: event.order_version,
            schedule: endpoint.schedule.clone(),
            status: if is_on { DeliveryStatus::Pending } else { DeliveryStatus::Paused },
            due: is_on.then_some(due),
            ended_at: (!is_on).then_some(now),
            ..Self::first(
                DeliveryId::webhook(endpoint.id, event.id),
                event.scope,
                Target::Endpoint { id: endpoint.id, owner: endpoint.owner },
                body,
                now,
            )
        }
    }

    /// The first try of a settled request's result, rendered as `body`, due at `due`. A guest's gets the contract's five
    /// tries.
    #[must_use]
    pub fn callback(request: &CallbackRequest, body: String, due: Due, now: Timestamp) -> Self {
        let target = Target::Callback {
            order_id: request.order_id,
            request_id: request.id,
            caller: request.caller,
            url: request.url.clone(),
        };
        let schedule = if request.caller.is_some() { Schedule::standard() } else { Schedule::contract() };
        let id = DeliveryId::callback(request.id);
        Self { schedule, due: Some(due), ..Self::first(id, request.scope, target, body, now) }
    }

    /// One that nobody has looked at.
    fn first(id: DeliveryId, scope: Scope, target: Target, body: String, now: Timestamp) -> Self {
        Self {
            id,
            scope,
            target,
            event_type: None,
            order_version: None,
            body,
            schedule: Schedule::standard(),
            status: DeliveryStatus::Pending,
            attempt: 1,
            due: None,
            heals: 0,
            is_leased: false,
            attempts: Vec::new(),
            chain_start: 1,
            restarted_at: None,
            created_at: now,
            ended_at: None,
        }
    }

    /// Whether nothing more will be sent by itself.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self.status, DeliveryStatus::Pending)
    }
}

#[cfg(test)]
mod tests;
