//! How an order lies in the table.

use domain::event::{OrderEvent, OrderEventKind};
use domain::id::{EventId, OrderId, PetId, RefundId, UserId};
use domain::order::{
    ActiveOperation, Actor, Charge, Operation, Order, OrderStatus, RequestKey, TimelineEntry,
};
use domain::{Currency, Money, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::RowError;
use crate::item::Record;
use crate::key::{self, Key, WORK_SHARDS, scope_of};
use crate::payment::PaymentRow;
use crate::schema::Table;
use crate::work::{self, Kind};

#[derive(Serialize, Deserialize)]
pub(crate) struct OrderRow {
    #[serde(default)]
    pk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_pk: Option<String>,
    own_sk: String,
    feed_pk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_at: Option<i64>,
    pet: PetId,
    user: UserId,
    status: OrderStatus,
    amount: i64,
    currency: Currency,
    created: Timestamp,
    updated: Timestamp,
    #[serde(default)]
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<OperationRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    charge: Option<Charge>,
    #[serde(default, skip_serializing_if = "is_zero")]
    attempts: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    declines: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    locked_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_zero")]
    callbacks: u32,
    timeline: Vec<TimelineRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<EventRow>,
}

#[derive(Serialize, Deserialize)]
struct TimelineRow {
    status: OrderStatus,
    at: Timestamp,
    by: String,
}

#[derive(Serialize, Deserialize)]
struct EventRow {
    id: EventId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<OrderStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum OperationRow {
    Pay {
        since: Timestamp,
        payment: Box<PaymentRow>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<RequestKey>,
    },
    Refund {
        since: Timestamp,
        id: RefundId,
        by: String,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Record for Order {
    const TABLE: Table = Table::State;
    type Row = OrderRow;

    fn key(&self) -> Key {
        Key::order(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    fn row(&self) -> OrderRow {
        let work = work_of(self);
        OrderRow {
            pk: String::new(),
            own_pk: self.owner.map(|owner| key::owner(self.scope, owner)),
            own_sk: self.id.to_string(),
            feed_pk: key::order_feed(self.scope, key::shard(self.id.uuid(), key::FEED_SHARDS)),
            work_pk: work.map(|(kind, _)| work::partition(kind, key::shard(self.id.uuid(), WORK_SHARDS))),
            work_at: work.map(|(_, at)| at.as_ms()),
            pet: self.pet_id,
            user: self.user_id,
            status: self.status,
            amount: self.total.amount_minor,
            currency: self.total.currency,
            created: self.created_at,
            updated: self.updated_at,
            version: self.version,
            reserved_until: self.reserved_until,
            operation: self.active_operation.as_ref().map(operation_row),
            charge: self.charge.clone(),
            attempts: self.payment_attempts,
            declines: self.declines,
            locked_until: self.payments_locked_until,
            callbacks: self.callbacks,
            timeline: self.timeline.iter().map(timeline_row).collect(),
            events: self.events.iter().map(event_row).collect(),
        }
    }
}

/// What must happen to the order by a certain time: finish its operation, or end its reservation.
fn work_of(order: &Order) -> Option<(Kind, Timestamp)> {
    match (&order.active_operation, order.reserved_until) {
        (Some(active), _) => Some((Kind::Operation, active.due)),
        (None, Some(until)) => Some((Kind::Reservation, until)),
        (None, None) => None,
    }
}

fn operation_row(active: &ActiveOperation) -> OperationRow {
    let since = active.started_at;
    match &active.operation {
        Operation::Pay(payment) => {
            OperationRow::Pay { since, payment: Box::new(payment.row()), key: active.key.clone() }
        }
        Operation::Refund { id, by } => OperationRow::Refund { since, id: *id, by: by.to_string() },
    }
}

fn timeline_row(entry: &TimelineEntry) -> TimelineRow {
    TimelineRow { status: entry.status, at: entry.at, by: entry.by.to_string() }
}

fn event_row(event: &OrderEvent) -> EventRow {
    match event.kind {
        OrderEventKind::Created => EventRow { id: event.id, from: None, by: None },
        OrderEventKind::StatusChanged { previous, by } => {
            EventRow { id: event.id, from: Some(previous), by: Some(by.to_string()) }
        }
    }
}

impl TryFrom<OrderRow> for Order {
    type Error = RowError;

    fn try_from(row: OrderRow) -> std::result::Result<Self, RowError> {
        let scope = scope_of(&row.pk).ok_or(RowError::Attribute("pk"))?;
        let id = OrderId::parse(&row.own_sk).map_err(|_| RowError::Attribute("own_sk"))?;
        let owner = match &row.own_pk {
            Some(partition) => Some(key::owner_of(partition).ok_or(RowError::Attribute("own_pk"))?),
            None => None,
        };
        let due = row.work_at.map(Timestamp::from_ms);
        Ok(Self {
            id,
            scope,
            pet_id: row.pet,
            user_id: row.user,
            owner,
            status: row.status,
            total: Money { amount_minor: row.amount, currency: row.currency },
            created_at: row.created,
            updated_at: row.updated,
            version: row.version,
            reserved_until: row.reserved_until,
            active_operation: row.operation.map(|operation| operation.read((id, scope), due)).transpose()?,
            charge: row.charge,
            payment_attempts: row.attempts,
            declines: row.declines,
            payments_locked_until: row.locked_until,
            callbacks: row.callbacks,
            timeline: row.timeline.iter().map(TimelineRow::read).collect::<std::result::Result<_, _>>()?,
            events: row.events.iter().map(EventRow::read).collect::<std::result::Result<_, _>>()?,
        })
    }
}

impl OperationRow {
    /// While an operation runs, the order is in the work index for its sake: at the time that the operation is `due`.
    fn read(
        self,
        order: (OrderId, Scope),
        due: Option<Timestamp>,
    ) -> std::result::Result<ActiveOperation, RowError> {
        let due = due.ok_or(RowError::Attribute("work_at"))?;
        Ok(match self {
            Self::Pay { since, payment, key } => ActiveOperation {
                operation: Operation::Pay(Box::new(payment.read(order)?)),
                started_at: since,
                due,
                key,
            },
            Self::Refund { since, id, by } => ActiveOperation {
                operation: Operation::Refund { id, by: actor(&by)? },
                started_at: since,
                due,
                key: None,
            },
        })
    }
}

impl TimelineRow {
    fn read(&self) -> std::result::Result<TimelineEntry, RowError> {
        Ok(TimelineEntry { status: self.status, at: self.at, by: actor(&self.by)? })
    }
}

impl EventRow {
    fn read(&self) -> std::result::Result<OrderEvent, RowError> {
        let kind = match (self.from, &self.by) {
            (Some(previous), Some(by)) => OrderEventKind::StatusChanged { previous, by: actor(by)? },
            _ => OrderEventKind::Created,
        };
        Ok(OrderEvent { id: self.id, kind })
    }
}

fn actor(text: &str) -> std::result::Result<Actor, RowError> {
    Actor::parse(text).ok_or(RowError::Attribute("by"))
}
