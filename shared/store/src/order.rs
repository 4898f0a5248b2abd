//! Orders, and the collections they share with their payments and callback requests.

use domain::callback::CallbackRequest;
use domain::event::{OrderEvent, OrderEventKind};
use domain::id::{EventId, OrderId, PetId, RefundId, UserId};
use domain::order::{
    ActiveOperation, Actor, Charge, Operation, Order, OrderStatus, RequestKey, TimelineEntry,
};
use domain::payment::Payment;
use domain::time::SECOND_MS;
use domain::{Currency, Money, Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::callback::CallbackRow;
use crate::error::{RowError, failed};
use crate::item::{Item, Record, read, string};
use crate::key::{self, Key, WORK_SHARDS, scope_of};
use crate::payment::PaymentRow;
use crate::schema::{FEED, Index, OWNER, Table};
use crate::work::{self, Kind};

/// How long after its start a running operation is somebody else's to finish.
const OPERATION_GRACE_MS: i64 = 60 * SECOND_MS;
/// Orders a list counts exactly; beyond, it says so many.
pub const LIST_MAX: usize = 1_000;

/// An order with everything in its collection.
#[derive(Clone, Debug)]
pub struct OrderCollection {
    /// The order.
    pub order: Order,
    /// Its settled payments, oldest first.
    pub payments: Vec<Payment>,
    /// Its callback requests, oldest first.
    pub callbacks: Vec<CallbackRequest>,
}

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
        (Some(active), _) => Some((Kind::Operation, active.started_at.plus_ms(OPERATION_GRACE_MS))),
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
            active_operation: row.operation.map(|operation| operation.read((id, scope))).transpose()?,
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
    fn read(self, order: (OrderId, Scope)) -> std::result::Result<ActiveOperation, RowError> {
        Ok(match self {
            Self::Pay { since, payment, key } => ActiveOperation {
                operation: Operation::Pay(Box::new(payment.read(order)?)),
                started_at: since,
                key,
            },
            Self::Refund { since, id, by } => ActiveOperation {
                operation: Operation::Refund { id, by: actor(&by)? },
                started_at: since,
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

/// Whose orders a list shows.
#[derive(Clone, Copy, Debug)]
pub enum OrderList {
    /// One user's.
    Of(UserId),
    /// Everybody's, for staff.
    All,
}

impl Store {
    /// The order as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn order_fetch(&self, scope: Scope, id: OrderId) -> Result<Option<Order>> {
        let item = self.get(Table::State, &Key::order(scope, id)).await?;
        item.map(order_of).transpose()
    }

    /// The order, its payments and callback requests as they are now (consistent), in one query.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn order_collection_fetch(&self, scope: Scope, id: OrderId) -> Result<Option<OrderCollection>> {
        let items = self.query_partition(Table::State, &key::order_collection(scope, id)).await?;
        let (mut order, mut payments, mut callbacks) = (None, Vec::new(), Vec::new());
        for item in items {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("ORDER") => order = Some(order_of(item)?),
                Some(sk) if sk.starts_with("PAY#") => {
                    payments.push(read::<PaymentRow>(item)?.read((id, scope))?);
                }
                Some(sk) if sk.starts_with("CB#") => callbacks.push(read::<CallbackRow>(item)?.try_into()?),
                _ => {}
            }
        }
        Ok(order.map(|order| OrderCollection { order, payments, callbacks }))
    }

    /// Ids of at most [`LIST_MAX`] orders, newest first, older than `before` (eventually consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn order_ids(
        &self,
        scope: Scope,
        list: OrderList,
        before: Option<OrderId>,
    ) -> Result<Vec<OrderId>> {
        let before = before.map(|id| id.to_string());
        let mut ids = match list {
            OrderList::Of(user) => {
                self.index_page(OWNER, &key::owner(scope, user), before.as_deref(), LIST_MAX).await?
            }
            OrderList::All => {
                self.feed_page(|shard| key::order_feed(scope, shard), before.as_deref()).await?
            }
        };
        ids.truncate(LIST_MAX);
        Ok(ids.iter().filter_map(|id| OrderId::parse(id).ok()).collect())
    }

    /// Orders by id, in the order asked; those that are gone are left out.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn orders_fetch(&self, scope: Scope, ids: &[OrderId]) -> Result<Vec<Order>> {
        let keys: Vec<_> = ids.iter().map(|id| Key::order(scope, *id)).collect();
        self.batch_get(Table::State, &keys).await?.into_iter().map(order_of).collect()
    }

    /// The newest ids of all shards of a feed.
    pub(crate) async fn feed_page(
        &self,
        partition: impl Fn(u8) -> String,
        before: Option<&str>,
    ) -> Result<Vec<String>> {
        let partitions: Vec<_> = (0..key::FEED_SHARDS).map(partition).collect();
        let pages = partitions.iter().map(|partition| self.index_page(FEED, partition, before, LIST_MAX));
        let mut ids: Vec<_> =
            futures_util::future::try_join_all(pages).await?.into_iter().flatten().collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    async fn index_page(
        &self,
        index: Index,
        partition: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>> {
        let mut condition = format!("{} = :partition", index.partition);
        if before.is_some() {
            condition.push_str(&format!(" AND {} < :before", index.sort));
        }
        let mut query = self
            .client
            .query()
            .table_name(self.table(Table::State))
            .index_name(index.name)
            .key_condition_expression(condition)
            .expression_attribute_values(":partition", string(partition))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_return_consumed_capacity(self.capacity());
        if let Some(before) = before {
            query = query.expression_attribute_values(":before", string(before));
        }
        let page = query.send().await.map_err(|error| failed("list", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        Ok(page.items().iter().filter_map(|item| item.get(index.sort)?.as_s().ok().cloned()).collect())
    }
}

pub(crate) fn order_of(item: Item) -> Result<Order> {
    Ok(read::<OrderRow>(item)?.try_into()?)
}
