//! The work index of the streamed table: reservations that end, operations that nobody finished, callback requests
//! that waited too long. Sparse: an order that is paid is not in it.

use domain::id::{OrderId, RequestId};
use domain::{Result, Scope, Timestamp};

use crate::Store;
use crate::error::failed;
use crate::item::{Item, number, string};
use crate::key::{Key, WORK_SHARDS, last_part, scope_of};
use crate::read::key_of;
use crate::schema::{Table, WORK};

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// End the reservation of an unpaid order.
    Reservation,
    /// Finish a payment or refund.
    Operation,
    /// Time a callback request out.
    Deadline,
}

/// One thing that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The pool.
    pub scope: Scope,
    /// The order.
    pub order: OrderId,
    /// The callback request, for a deadline.
    pub request: Option<RequestId>,
    /// Since when it is due.
    pub at: Timestamp,
}

pub(crate) fn partition(kind: Kind, shard: u8) -> String {
    let name = match kind {
        Kind::Reservation => "RESERVATION",
        Kind::Operation => "OPERATION",
        Kind::Deadline => "DEADLINE",
    };
    format!("{name}#{shard:02}")
}

impl Store {
    /// What of `kind` was due by `by`: at most `limit` of each shard, what is due longest first, whatever its shard
    /// (eventually consistent: whoever acts on it loads the order and decides anew).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn work_due(&self, kind: Kind, by: Timestamp, limit: i32) -> Result<Vec<Work>> {
        let shards = (0..WORK_SHARDS).map(|shard| self.work_of_shard(partition(kind, shard), by, limit));
        let mut due: Vec<_> =
            futures_util::future::try_join_all(shards).await?.into_iter().flatten().collect();
        due.sort_by_key(|work| work.at);
        Ok(due)
    }

    async fn work_of_shard(&self, partition: String, by: Timestamp, limit: i32) -> Result<Vec<Work>> {
        let call = self
            .client
            .query()
            .table_name(self.table(Table::State))
            .index_name(WORK.name)
            .key_condition_expression("work_pk = :partition AND work_at <= :by")
            .expression_attribute_values(":partition", string(partition))
            .expression_attribute_values(":by", number(by.as_ms()))
            .limit(limit)
            .set_return_consumed_capacity(self.capacity());
        let page = call.send().await.map_err(|error| failed("work", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        Ok(page.items().iter().filter_map(work).collect())
    }
}

fn work(item: &Item) -> Option<Work> {
    let Key { pk, sk } = key_of(item)?;
    let order = OrderId::parse(last_part(&pk)).ok()?;
    let request = sk.strip_prefix("CB#").and_then(|id| RequestId::parse(id).ok());
    let at = item.get(WORK.sort)?.as_n().ok()?.parse().ok()?;
    Some(Work { scope: scope_of(&pk)?, order, request, at: Timestamp::from_ms(at) })
}
