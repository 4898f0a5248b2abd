//! Payments, in their order's collection once they are settled; a running one lives inside the order.

use domain::event::{OrderSnapshot, PaymentEvent, PaymentEventKind};
use domain::id::{EventId, OrderId, PaymentId, PetId, UserId};
use domain::order::OrderStatus;
use domain::payment::{Approval, Payment, PaymentStatus, Receipt, StoredSource};
use domain::{Currency, Money, Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct PaymentRow {
    id: PaymentId,
    amount: i64,
    currency: Currency,
    source: StoredSource,
    token: String,
    status: PaymentStatus,
    created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    #[serde(default)]
    version: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventRow>,
}

#[derive(Serialize, Deserialize)]
struct EventRow {
    id: EventId,
    kind: PaymentEventKind,
    pet: PetId,
    user: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<UserId>,
    status: OrderStatus,
    created: Timestamp,
    updated: Timestamp,
    version: u64,
}

impl Record for Payment {
    const TABLE: Table = Table::State;
    type Row = PaymentRow;

    fn key(&self) -> Key {
        Key::payment(self.scope, self.order_id, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    fn row(&self) -> PaymentRow {
        PaymentRow {
            id: self.id,
            amount: self.amount.amount_minor,
            currency: self.amount.currency,
            source: self.source.clone(),
            token: self.token.clone(),
            status: self.status,
            created: self.created_at,
            settled: self.settled_at,
            failure: self.failure.clone(),
            approval: self.approval.clone(),
            receipt: self.receipt,
            version: self.version,
            events: self.events.iter().map(event_row).collect(),
        }
    }
}

fn event_row(event: &PaymentEvent) -> EventRow {
    let order = &event.order;
    EventRow {
        id: event.id,
        kind: event.kind,
        pet: order.pet_id,
        user: order.user_id,
        owner: order.owner,
        status: order.status,
        created: order.created_at,
        updated: order.updated_at,
        version: order.version,
    }
}

impl PaymentRow {
    pub(crate) fn read(self, (order_id, scope): (OrderId, Scope)) -> std::result::Result<Payment, RowError> {
        Ok(Payment {
            id: self.id,
            order_id,
            scope,
            amount: Money { amount_minor: self.amount, currency: self.currency },
            source: self.source,
            token: self.token,
            status: self.status,
            created_at: self.created,
            settled_at: self.settled,
            failure: self.failure,
            approval: self.approval,
            receipt: self.receipt,
            version: self.version,
            events: self.events.into_iter().map(EventRow::read).collect(),
        })
    }
}

impl EventRow {
    const fn read(self) -> PaymentEvent {
        let order = OrderSnapshot {
            pet_id: self.pet,
            user_id: self.user,
            owner: self.owner,
            status: self.status,
            created_at: self.created,
            updated_at: self.updated,
            version: self.version,
        };
        PaymentEvent { id: self.id, kind: self.kind, order }
    }
}

impl Store {
    /// A settled payment (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn payment_fetch(
        &self,
        scope: Scope,
        order: OrderId,
        id: PaymentId,
    ) -> Result<Option<Payment>> {
        let item = self.get(Table::State, &Key::payment(scope, order, id)).await?;
        item.map(|item| Ok(read::<PaymentRow>(item)?.read((order, scope))?)).transpose()
    }
}
