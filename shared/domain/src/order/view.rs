//! How orders look on the wire: in answers and in events alike.

use serde::{Deserialize, Serialize};

use super::{Order, OrderStatus, TimelineEntry};
use crate::id::{OrderId, PetId, TenantId, UserId};

/// An order on the wire (contract 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct OrderView {
    pub id: OrderId,
    pub pet_id: PetId,
    pub user_id: UserId,
    pub status: OrderStatus,
    pub total_amount: String,
    pub currency: String,
    pub created_at: String,
    pub updated_at: String,
    pub tenant_id: Option<TenantId>,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id,
            pet_id: order.pet_id,
            user_id: order.user_id,
            status: order.status,
            total_amount: order.total.amount(),
            currency: order.total.currency.to_string(),
            created_at: order.created_at.to_rfc3339(),
            updated_at: order.updated_at.to_rfc3339(),
            tenant_id: order.scope.tenant_id(),
        }
    }
}

/// One step of an order's timeline on the wire (`GET /orders/{id}/events`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct TimelineView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<OrderStatus>,
    pub new_status: OrderStatus,
    pub changed_at: String,
    pub changed_by: String,
}

impl TimelineView {
    /// The timeline of `order`, oldest first.
    #[must_use]
    pub fn of(order: &Order) -> Vec<Self> {
        let previous = std::iter::once(None).chain(order.timeline.iter().map(|entry| Some(entry.status)));
        order.timeline.iter().zip(previous).map(|(entry, previous)| Self::new(entry, previous)).collect()
    }

    fn new(entry: &TimelineEntry, previous_status: Option<OrderStatus>) -> Self {
        Self {
            previous_status,
            new_status: entry.status,
            changed_at: entry.at.to_rfc3339(),
            changed_by: entry.by.to_string(),
        }
    }
}
