//! Orders: the state machine from `PLACED` to its ends, and what each step does to the pet and the outbox.
//!
//! Pay, cancel and ship exclude each other through `active_operation`: while one runs, every other is refused.

mod operation;
mod place;
mod transition;
mod view;

use serde::{Deserialize, Serialize};

use crate::event::OrderEvent;
use crate::id::{OrderId, PaymentId, PetId, UserId};
use crate::money::Money;
use crate::tenant::Scope;
use crate::time::Timestamp;
use crate::wire::wire_enum;

pub use operation::{ActiveOperation, Operation, RequestKey, SettleIds, Settled, is_look_up_only};
pub use place::{PlaceIds, PlaceOrder, place};
pub use transition::Ship;
pub use view::{OrderView, TimelineView};

wire_enum! {
    /// Where an order stands (contract 4.1).
    OrderStatus {
        Placed = "PLACED", Approved = "APPROVED", Shipped = "SHIPPED", Delivered = "DELIVERED",
        Cancelled = "CANCELLED",
    }
}

impl OrderStatus {
    /// Whether the order still has a claim on its pet: it is neither cancelled nor handed over.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Delivered | Self::Cancelled)
    }
}

/// Who changed something; `changedBy` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The shop itself: a timeout, a payment's outcome.
    System,
    /// A signed-in user.
    User(UserId),
    /// Someone who knows the id of a guest's order.
    Anonymous,
}

impl Actor {
    /// The caller as an actor.
    #[must_use]
    pub fn of(subject: Option<UserId>) -> Self {
        subject.map_or(Self::Anonymous, Self::User)
    }

    /// Reads what [`std::fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "system" => Some(Self::System),
            "anonymous" => Some(Self::Anonymous),
            id => UserId::parse(id).ok().map(Self::User),
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::User(id) => id.fmt(f),
        }
    }
}

/// One step of an order's life. An order has at most four, so the timeline is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// The status entered.
    pub status: OrderStatus,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
}

/// The charge that paid an order, as callbacks report it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The payment.
    pub payment_id: PaymentId,
    /// The provider's name for the charge.
    pub transaction_id: String,
    /// The provider's approval code.
    pub approval_code: String,
    /// Which provider.
    pub processor: String,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The pool it lives in.
    pub scope: Scope,
    /// The pet it is for.
    pub pet_id: PetId,
    /// Who it is for, as the client said; grants nothing.
    pub user_id: UserId,
    /// The token subject that made it; `None` for a guest's order.
    pub owner: Option<UserId>,
    /// Where it stands.
    pub status: OrderStatus,
    /// What it costs: the pet's price when it was placed.
    pub total: Money,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it last changed; strictly increasing.
    pub updated_at: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
    /// While unpaid: when the reservation of the pet ends; `None` for an exempt order.
    pub reserved_until: Option<Timestamp>,
    /// The payment or refund that runs now.
    pub active_operation: Option<ActiveOperation>,
    /// The charge that paid it.
    pub charge: Option<Charge>,
    /// Payments tried so far.
    pub payment_attempts: u32,
    /// Declines since the last lock.
    pub declines: u32,
    /// Payments are refused until then.
    pub payments_locked_until: Option<Timestamp>,
    /// Callback requests made so far.
    pub callbacks: u32,
    /// Every status it entered.
    pub timeline: Vec<TimelineEntry>,
    /// What the last write told the world.
    pub events: Vec<OrderEvent>,
}

impl Order {
    /// Whether `owner`, staff or, for a guest's order, anyone who knows the id asks.
    #[must_use]
    pub fn is_visible_to(&self, caller: &crate::Caller) -> bool {
        self.owner.is_none() || self.owner == caller.subject() || caller.is_staff()
    }

    /// Whether `owner` or staff asks. What we add to the contract is for them: a guest's order shows it to staff only,
    /// for its id alone proves nobody.
    #[must_use]
    pub fn is_listed_for(&self, caller: &crate::Caller) -> bool {
        caller.is_staff() || self.owner.is_some() && self.owner == caller.subject()
    }
}
