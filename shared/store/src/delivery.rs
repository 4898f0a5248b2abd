//! Deliveries: rows before messages. A row that is not final always has a `due`, so that whatever dies, somebody
//! looks at it again.

use std::io::Read;

use domain::delivery::{Attempt, Delivery, DeliveryId, DeliveryStatus, Due, Target};
use domain::event::EventType;
use domain::id::{EndpointId, OrderId, RequestId, UserId};
use domain::retry::Schedule;
use domain::time::DAY_MS;
use domain::webhook::Sealed;
use domain::{Result, Scope, Timestamp};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::error::{RowError, failed};
use crate::item::{Item, Record, number, read, string};
use crate::key::{self, DELIVERY_SHARDS, Key, WORK_SHARDS, scope_of};
use crate::schema::Table;
use crate::statement;
use crate::transaction::Commit;

/// How long a row is kept after it was made.
const KEPT_MS: i64 = 30 * DAY_MS;
/// How long it is kept after it was last due.
const KEPT_AFTER_DUE_MS: i64 = 7 * DAY_MS;

#[derive(Serialize, Deserialize)]
pub(crate) struct DeliveryRow {
    #[serde(default)]
    pk: String,
    #[serde(default)]
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    target: TargetRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_type: Option<EventType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_version: Option<u64>,
    /// The exact bytes to send, deflated: most rows then fit one write unit.
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    schedule: Schedule,
    status: DeliveryStatus,
    attempt: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
    #[serde(default, skip_serializing_if = "is_zero")]
    heals: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leased: bool,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    chain_start: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restarted: Option<Timestamp>,
    created: Timestamp,
    ttl: i64,
}

/// What changes in a row's life, and is written anew each time; the rest is written once.
#[derive(Serialize)]
struct StateRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    status: DeliveryStatus,
    attempt: u32,
    #[serde(skip_serializing_if = "<[Attempt]>::is_empty")]
    attempts: &'a [Attempt],
    #[serde(skip_serializing_if = "is_zero")]
    heals: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    leased: bool,
    #[serde(skip_serializing_if = "is_one")]
    chain_start: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    restarted: Option<Timestamp>,
    ttl: i64,
}

/// The attributes of [`StateRow`].
const STATE: &[&str] = &[
    "due_pk",
    "due_at",
    "status",
    "attempt",
    "attempts",
    "heals",
    "leased",
    "chain_start",
    "restarted",
    "ttl",
];

impl<'a> StateRow<'a> {
    fn of(delivery: &'a Delivery) -> Self {
        let kept_until = delivery.created_at.plus_ms(KEPT_MS);
        let ttl = delivery.due.map_or(kept_until, |due| kept_until.max(due.at.plus_ms(KEPT_AFTER_DUE_MS)));
        let shard = key::shard(delivery.id.event(), WORK_SHARDS);
        Self {
            due_pk: delivery.due.map(|due| key::due(due.is_sent, shard)),
            due_at: delivery.due.map(|due| due.at.as_ms()),
            status: delivery.status,
            attempt: delivery.attempt,
            attempts: &delivery.attempts,
            heals: delivery.heals,
            leased: delivery.is_leased,
            chain_start: delivery.chain_start,
            restarted: delivery.restarted_at,
            ttl: ttl.as_secs(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum TargetRow {
    Endpoint {
        owner: UserId,
    },
    Callback {
        order: OrderId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<UserId>,
        url: Sealed,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_one(count: &u32) -> bool {
    *count == 1
}

impl Record for Delivery {
    const TABLE: Table = Table::Deliveries;
    type Row = DeliveryRow;

    fn key(&self) -> Key {
        Key::delivery(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> DeliveryRow {
        row(self, deflate(&self.body))
    }
}

fn row(delivery: &Delivery, deflated: Vec<u8>) -> DeliveryRow {
    let state = StateRow::of(delivery);
    DeliveryRow {
        pk: String::new(),
        sk: String::new(),
        due_pk: state.due_pk,
        due_at: state.due_at,
        heals: state.heals,
        leased: state.leased,
        target: target_row(&delivery.target),
        event_type: delivery.event_type,
        order_version: delivery.order_version,
        body: deflated,
        schedule: delivery.schedule.clone(),
        status: state.status,
        attempt: state.attempt,
        attempts: state.attempts.to_vec(),
        chain_start: state.chain_start,
        restarted: state.restarted,
        created: delivery.created_at,
        ttl: state.ttl,
    }
}

fn target_row(target: &Target) -> TargetRow {
    match target {
        Target::Endpoint { owner, .. } => TargetRow::Endpoint { owner: *owner },
        Target::Callback { order_id, caller, url, .. } => {
            TargetRow::Callback { order: *order_id, caller: *caller, url: url.clone() }
        }
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = RowError;

    fn try_from(row: DeliveryRow) -> std::result::Result<Self, RowError> {
        let id = key::delivery_id(&row.pk, &row.sk).ok_or(RowError::Attribute("pk"))?;
        let target = match row.target {
            TargetRow::Endpoint { owner } => Target::Endpoint { id: EndpointId::new(id.target()), owner },
            TargetRow::Callback { order, caller, url } => {
                Target::Callback { order_id: order, request_id: RequestId::new(id.target()), caller, url }
            }
        };
        Ok(Self {
            id,
            scope: scope_of(&row.pk).ok_or(RowError::Attribute("pk"))?,
            target,
            event_type: row.event_type,
            order_version: row.order_version,
            body: inflate(&row.body).ok_or(RowError::Attribute("body"))?,
            schedule: row.schedule,
            status: row.status,
            attempt: row.attempt,
            due: row
                .due_pk
                .zip(row.due_at)
                .map(|(partition, at)| Due { at: Timestamp::from_ms(at), is_sent: key::is_sent(&partition) }),
            heals: row.heals,
            is_leased: row.leased,
            attempts: row.attempts,
            chain_start: row.chain_start,
            restarted_at: row.restarted,
            created_at: row.created,
        })
    }
}

impl Store {
    /// The delivery as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_fetch(&self, scope: Scope, id: DeliveryId) -> Result<Option<Delivery>> {
        let item = self.get(Table::Deliveries, &Key::delivery(scope, id)).await?;
        item.map(delivery_of).transpose()
    }

    /// Makes the row if it is absent; a replayed event finds its row made.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_create(&self, delivery: &Delivery) -> Result<Commit> {
        self.transaction().create("delivery", delivery).commit().await
    }

    /// Makes the rows that are absent, many in a call; answers one outcome for each, in their order. A row that an
    /// unheard call made is refused to its repetition, as if somebody else had made it.
    ///
    /// # Errors
    /// When DynamoDB fails; some of the rows may then have been made.
    pub async fn deliveries_create(&self, deliveries: &[Delivery]) -> Result<Vec<Commit>> {
        let mut last: Option<(&str, Vec<u8>)> = None;
        let writes = deliveries.iter().map(|delivery| {
            // The deliveries of one event follow one another.
            let deflated = match last.take() {
                Some((body, deflated)) if body == delivery.body => deflated,
                _ => deflate(&delivery.body),
            };
            last = Some((&delivery.body, deflated.clone()));
            self.insert_delivery(delivery, deflated)
        });
        futures_util::future::try_join_all(writes.collect::<Vec<_>>()).await
    }

    async fn insert_delivery(&self, delivery: &Delivery, deflated: Vec<u8>) -> Result<Commit> {
        let item = delivery.item_of(row(delivery, deflated))?;
        let statement = statement::insert(self.table(Table::Deliveries), item)?;
        self.write_together(delivery.key(), statement, true).await
    }

    /// Writes what follows a try, or a new `due`, if the row is still pending at the try `attempt` and nobody moved
    /// its `due` from `due`.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_replace(
        &self,
        delivery: &Delivery,
        attempt: u32,
        due: Option<Due>,
    ) -> Result<Commit> {
        self.delivery_put(delivery, (DeliveryStatus::Pending, attempt), due).await
    }

    /// Begins `before` again as `delivery`, whatever its status was, if nobody touched it meanwhile.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_restart(&self, delivery: &Delivery, before: &Delivery) -> Result<Commit> {
        self.delivery_put(delivery, (before.status, before.attempt), before.due).await
    }

    /// Writes what changes in a row's life, under the condition that nobody else has: neither the row's try and status
    /// nor its `due` moved.
    async fn delivery_put(
        &self,
        delivery: &Delivery,
        (status, attempt): (DeliveryStatus, u32),
        due: Option<Due>,
    ) -> Result<Commit> {
        let mut conditions = vec![("attempt", number(attempt)), ("status", string(status.as_str()))];
        conditions.extend(due.map(|due| ("due_at", number(due.at.as_ms()))));
        let state = serde_dynamo::to_item(StateRow::of(delivery)).map_err(RowError::from)?;
        let table = self.table(Table::Deliveries);
        let statement = statement::update(table, delivery.key(), STATE, state, conditions)?;
        self.write_together(delivery.key(), statement, false).await
    }

    /// Deliveries to `target` of one day, newest first, older than `before`.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn deliveries_of_day(
        &self,
        scope: Scope,
        target: Uuid,
        day: i64,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let shards = (0..DELIVERY_SHARDS).map(|shard| {
            let bucket = key::delivery_bucket(scope, target, day, shard);
            self.deliveries_of_bucket(bucket, before, limit)
        });
        let mut found: Vec<Delivery> =
            futures_util::future::try_join_all(shards).await?.into_iter().flatten().collect();
        found.sort_unstable_by_key(|delivery| std::cmp::Reverse(delivery.id.event()));
        found.truncate(limit);
        Ok(found)
    }

    async fn deliveries_of_bucket(
        &self,
        bucket: String,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Delivery>> {
        let mut call = self
            .client
            .query()
            .table_name(self.table(Table::Deliveries))
            .expression_attribute_values(":pk", string(bucket))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_return_consumed_capacity(self.capacity());
        call = match before {
            None => call.key_condition_expression("pk = :pk"),
            Some(before) => call
                .key_condition_expression("pk = :pk AND sk < :before")
                .expression_attribute_values(":before", string(before.to_string())),
        };
        let page = call.send().await.map_err(|error| failed("list deliveries", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        page.items.unwrap_or_default().into_iter().map(delivery_of).collect()
    }
}

/// Bodies longer than this are no bodies of ours: they stay under 64 KiB.
const BODY_MAX: u64 = 1024 * 1024;

fn deflate(body: &str) -> Vec<u8> {
    let mut deflated = Vec::new();
    let read = DeflateEncoder::new(body.as_bytes(), Compression::default()).read_to_end(&mut deflated);
    // Reading from memory and writing to memory fail for nothing but a lack of it.
    if read.is_err() { Vec::new() } else { deflated }
}

fn inflate(deflated: &[u8]) -> Option<String> {
    let mut body = String::new();
    DeflateDecoder::new(deflated).take(BODY_MAX).read_to_string(&mut body).ok()?;
    Some(body)
}

pub(crate) fn delivery_of(item: Item) -> Result<Delivery> {
    Ok(read::<DeliveryRow>(item)?.try_into()?)
}

#[cfg(test)]
mod tests {
    use domain::delivery::{Attempt, Delivery, DeliveryId, DeliveryStatus, Due, Target, TryOutcome};
    use domain::id::{EndpointId, EventId, UserId};
    use domain::retry::Schedule;
    use domain::time::DAY_MS;
    use domain::{Scope, Timestamp};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{deflate, inflate};
    use crate::item::Record;

    const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);

    fn delivery(schedule: Schedule) -> Delivery {
        let (endpoint, event) = (EndpointId::new(Uuid::from_u128(1)), EventId::new(Uuid::from_u128(2)));
        Delivery {
            id: DeliveryId::webhook(endpoint, event),
            scope: Scope::Shared,
            target: Target::Endpoint { id: endpoint, owner: UserId::new(Uuid::from_u128(3)) },
            event_type: None,
            order_version: None,
            body: String::new(),
            schedule,
            status: DeliveryStatus::Pending,
            attempt: 1,
            due: Some(Due::sent(NOW, 0)),
            heals: 0,
            is_leased: false,
            attempts: Vec::new(),
            chain_start: 1,
            restarted_at: None,
            created_at: NOW,
        }
    }

    fn failed(number: u32, at: Timestamp, retry_after_ms: Option<i64>) -> TryOutcome {
        let attempt = Attempt { number, at, duration_ms: 1, status: Some(503), failure: None, answer: None };
        TryOutcome { attempt, succeeded: false, gone: false, retry_after_ms }
    }

    proptest! {
        #[test]
        fn l11_no_row_expires_before_its_last_try(
            days in prop::collection::vec(1..=7_i64, 0..=14),
            random in 0.0..1.0_f64,
            asked in prop::option::of(0..=100 * DAY_MS),
        ) {
            let schedule = Schedule::custom(days.iter().map(|days| days * DAY_MS).collect()).unwrap();
            let (mut delivery, mut now) = (delivery(schedule), NOW);
            while let Some(due) = delivery.due {
                let ttl = delivery.row().ttl;
                prop_assert!(ttl >= due.at.plus_ms(7 * DAY_MS).as_secs(), "a week after it is due");
                prop_assert!(ttl >= NOW.plus_ms(30 * DAY_MS).as_secs(), "a month after it was made");
                now = now.max(due.at);
                let tried = failed(delivery.attempt, now, asked);
                delivery = delivery.record(tried, random, 1.0, now).0;
            }
            prop_assert_eq!(delivery.attempts.len(), days.len() + 1);
        }

        #[test]
        fn what_is_sent_is_what_was_rendered(body in ".{0,400}") {
            prop_assert_eq!(inflate(&deflate(&body)), Some(body));
        }
    }
}
