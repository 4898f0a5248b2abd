//! Events: what the outbox on an item says, and the envelope the world gets.
//!
//! An event on an item holds its id, its kind and only what the item's new image lacks. The `events` function
//! renders the body once; from then on the bytes are the event.

mod operational;

use serde::Serialize;

use crate::id::{EndpointId, EventId, OrderId, PetId, UserId};
use crate::order::{Actor, Order, OrderStatus, OrderView};
use crate::payment::{Payment, PaymentView};
use crate::pet::{Pet, PetStatus};
use crate::tenant::{Scope, TenantId};
use crate::time::Timestamp;
use crate::webhook::EndpointStatus;
use crate::wire::wire_enum;

wire_enum! {
    /// What happened; `eventType` on the wire (contract 5, decisions "Webhooks").
    EventType {
        OrderCreated = "order.created",
        OrderStatusChanged = "order.statusChanged",
        PaymentSucceeded = "payment.succeeded",
        PaymentFailed = "payment.failed",
        PaymentRefunded = "payment.refunded",
        PetStatusChanged = "pet.statusChanged",
        WebhookTest = "webhook.test",
        EndpointDisabled = "endpoint.disabled",
        EndpointRecovered = "endpoint.recovered",
        DeliveryExhausted = "delivery.exhausted",
    }
}

/// The next version of a changed thing, and a time of change that is later than the last one.
#[must_use]
pub(crate) fn fresh_version(version: u64, updated_at: Timestamp, now: Timestamp) -> (u64, Timestamp) {
    (version + 1, now.max(updated_at.plus_ms(1)))
}

/// An event on an order's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: OrderEventKind,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEventKind {
    /// It was placed.
    Created,
    /// It entered another status.
    StatusChanged {
        /// The status before.
        previous: OrderStatus,
        /// Who changed it.
        by: Actor,
    },
}

/// An event on a payment's item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentEvent {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub kind: PaymentEventKind,
    /// The order at that moment, which the payment's image lacks.
    pub order: OrderSnapshot,
}

wire_enum! {
    /// What happened to a payment. Its words are the codes in which a row keeps it; on the wire it is an [`EventType`].
    PaymentEventKind { Succeeded = "S", Failed = "F", Refunded = "R" }
}

/// What a payment's event needs of its order beyond what the payment itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// The pet.
    pub pet_id: PetId,
    /// Whom the order is for.
    pub user_id: UserId,
    /// Who made it.
    pub owner: Option<UserId>,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version.
    pub version: u64,
}

impl From<&Order> for OrderSnapshot {
    fn from(order: &Order) -> Self {
        Self {
            pet_id: order.pet_id,
            user_id: order.user_id,
            owner: order.owner,
            status: order.status,
            created_at: order.created_at,
            updated_at: order.updated_at,
            version: order.version,
        }
    }
}

/// An event on a pet's item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PetStatusChanged {
    /// Its id.
    pub id: EventId,
    /// The status before.
    pub previous: PetStatus,
    /// Why.
    pub reason: String,
}

/// An event ready to be fanned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `eventId` and `webhook-id`.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// The pool it happened in.
    pub scope: Scope,
    /// When it was committed.
    pub at: Timestamp,
    /// The order's owner: in the shared pool an endpoint hears of its own user's orders only.
    pub owner: Option<UserId>,
    /// The order's version, sent as `X-Petstore-Order-Version`.
    pub order_version: Option<u64>,
    /// The data of the envelope.
    pub data: EventData,
}

/// The `data` of an envelope; closed objects, exactly as the contract has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub enum EventData {
    OrderCreated {
        order: OrderView,
    },
    OrderStatusChanged {
        order: OrderView,
        previous_status: OrderStatus,
        new_status: OrderStatus,
        changed_at: String,
        changed_by: String,
    },
    Payment {
        payment: PaymentView,
        order: OrderView,
        #[serde(skip_serializing_if = "Option::is_none")]
        receipt: Option<EventReceipt>,
    },
    PaymentFailed {
        payment: PaymentView,
        order: OrderView,
        reason: String,
    },
    PetStatusChanged {
        pet_id: PetId,
        old_status: PetStatus,
        new_status: PetStatus,
        reason: String,
    },
    Test {
        endpoint_id: EndpointId,
        message: String,
    },
    Endpoint {
        endpoint_id: EndpointId,
        host: String,
        status: EndpointStatus,
        #[serde(skip_serializing_if = "Option::is_none")]
        failing_since: Option<String>,
    },
    DeliveryExhausted {
        endpoint_id: EndpointId,
        delivery_id: String,
        failed_event_type: Option<EventType>,
        attempts: usize,
    },
}

/// A receipt as `payment.succeeded` names it (contract 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct EventReceipt {
    pub receipt_id: String,
    pub receipt_url: String,
    pub generated_at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    event_id: EventId,
    event_type: EventType,
    timestamp: String,
    data: &'a EventData,
}

impl Event {
    /// The body that receivers get: `{eventId, eventType, timestamp, data}`.
    ///
    /// # Errors
    /// When JSON cannot be written, which no value of these types causes.
    pub fn render(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Envelope {
            event_id: self.id,
            event_type: self.event_type,
            timestamp: self.at.to_rfc3339(),
            data: &self.data,
        })
    }

    /// The events that the last write of `order` put on it.
    #[must_use]
    pub fn of_order(order: &Order) -> Vec<Self> {
        order.events.iter().map(|event| Self::from_order(order, event)).collect()
    }

    fn from_order(order: &Order, event: &OrderEvent) -> Self {
        let view = OrderView::from(order);
        let (event_type, data) = match event.kind {
            OrderEventKind::Created => (EventType::OrderCreated, EventData::OrderCreated { order: view }),
            OrderEventKind::StatusChanged { previous, by } => (
                EventType::OrderStatusChanged,
                EventData::OrderStatusChanged {
                    previous_status: previous,
                    new_status: order.status,
                    changed_at: order.updated_at.to_rfc3339(),
                    changed_by: by.to_string(),
                    order: view,
                },
            ),
        };
        Self {
            id: event.id,
            event_type,
            scope: order.scope,
            at: order.updated_at,
            owner: order.owner,
            order_version: Some(order.version),
            data,
        }
    }

    /// The events that the last write of `payment` put on it; `receipt_url` writes a signed link.
    #[must_use]
    pub fn of_payment(payment: &Payment, receipt_url: impl Fn(&Payment) -> String) -> Vec<Self> {
        payment.events.iter().map(|event| Self::from_payment(payment, event, &receipt_url)).collect()
    }

    fn from_payment(
        payment: &Payment,
        event: &PaymentEvent,
        receipt_url: &impl Fn(&Payment) -> String,
    ) -> Self {
        let order = snapshot_view(payment, &event.order);
        let view = PaymentView::from(payment);
        let receipt = payment.receipt.map(|receipt| EventReceipt {
            receipt_id: receipt.id.to_string(),
            receipt_url: receipt_url(payment),
            generated_at: receipt.generated_at.to_rfc3339(),
        });
        let (event_type, data) = match event.kind {
            PaymentEventKind::Succeeded => {
                (EventType::PaymentSucceeded, EventData::Payment { payment: view, order, receipt })
            }
            PaymentEventKind::Refunded => {
                (EventType::PaymentRefunded, EventData::Payment { payment: view, order, receipt: None })
            }
            PaymentEventKind::Failed => {
                let reason = payment.failure.clone().unwrap_or_default();
                (EventType::PaymentFailed, EventData::PaymentFailed { payment: view, order, reason })
            }
        };
        Self {
            id: event.id,
            event_type,
            scope: payment.scope,
            at: payment.settled_at.unwrap_or(event.order.updated_at),
            owner: event.order.owner,
            order_version: Some(event.order.version),
            data,
        }
    }

    /// The events that the last write of `pet` put on it.
    #[must_use]
    pub fn of_pet(pet: &Pet) -> Vec<Self> {
        pet.events.iter().map(|event| Self::from_pet(pet, event)).collect()
    }

    fn from_pet(pet: &Pet, event: &PetStatusChanged) -> Self {
        Self {
            id: event.id,
            event_type: EventType::PetStatusChanged,
            scope: pet.scope,
            at: pet.updated_at,
            owner: None,
            order_version: None,
            data: EventData::PetStatusChanged {
                pet_id: pet.id,
                old_status: event.previous,
                new_status: pet.status,
                reason: event.reason.clone(),
            },
        }
    }
}

fn snapshot_view(payment: &Payment, order: &OrderSnapshot) -> OrderView {
    let tenant_id: Option<TenantId> = payment.scope.tenant_id();
    let id: OrderId = payment.order_id;
    OrderView {
        id,
        pet_id: order.pet_id,
        user_id: order.user_id,
        status: order.status,
        total_amount: payment.amount.amount(),
        currency: payment.amount.currency.to_string(),
        created_at: order.created_at.to_rfc3339(),
        updated_at: order.updated_at.to_rfc3339(),
        tenant_id,
    }
}

#[cfg(test)]
mod tests {
    use super::fresh_version;
    use crate::time::Timestamp;

    #[test]
    fn changes_within_one_millisecond_still_have_an_order() {
        let now = Timestamp::from_ms(5);
        assert_eq!(fresh_version(1, now, now), (2, Timestamp::from_ms(6)));
        assert_eq!(fresh_version(1, Timestamp::from_ms(1), now), (2, now));
    }
}
