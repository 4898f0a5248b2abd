//! Deliveries of one target, by day.

use std::cmp::Reverse;

use domain::delivery::Delivery;
use domain::{Error, Result, Scope};
use uuid::Uuid;

use super::delivery_of;
use crate::Store;
use crate::error::failed;
use crate::item::{Item, string};
use crate::key::{self, DELIVERY_SHARDS};
use crate::read::key_of;
use crate::schema::Table;

/// Deliveries of one day, newest first.
#[derive(Debug)]
pub struct DeliveriesPage {
    /// At most as many as were asked for, and fewer where rows are large.
    pub deliveries: Vec<Delivery>,
    /// Those among them that nobody can read.
    pub unreadable: Vec<Error>,
    /// The event of the oldest looked at, from where the next page goes on; `None` when there was none.
    pub position: Option<Uuid>,
    /// Whether nothing older of that day is left.
    pub is_last: bool,
}

/// A row, by its event.
type Row = (Uuid, Result<Delivery>);

/// What one call reads of a bucket: at most a megabyte.
struct BucketPage {
    rows: Vec<Row>,
    is_cut: bool,
}

impl Store {
    /// The newest deliveries to `target` of one day that are older than `before`.
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
    ) -> Result<DeliveriesPage> {
        let buckets = (0..DELIVERY_SHARDS).map(|shard| {
            let bucket = key::delivery_bucket(scope, target, day, shard);
            self.deliveries_of_bucket(bucket, before, limit)
        });
        Ok(merged(futures_util::future::try_join_all(buckets).await?, limit))
    }

    async fn deliveries_of_bucket(
        &self,
        bucket: String,
        before: Option<Uuid>,
        limit: usize,
    ) -> Result<BucketPage> {
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
        let is_cut = page.last_evaluated_key.is_some();
        let rows = page.items.unwrap_or_default().into_iter().filter_map(row_of).collect();
        Ok(BucketPage { rows, is_cut })
    }
}

fn row_of(item: Item) -> Option<Row> {
    let event = Uuid::parse_str(&key_of(&item)?.sk).ok()?;
    Some((event, delivery_of(item)))
}

/// The newest of all buckets. A bucket that was cut may hold more right behind its last, so nothing older than that is
/// shown yet: it would be passed over for good.
fn merged(buckets: Vec<BucketPage>, limit: usize) -> DeliveriesPage {
    let cut = buckets.iter().filter(|bucket| bucket.is_cut);
    let horizon = cut.filter_map(|bucket| bucket.rows.last()).map(|(event, _)| *event).max();
    let mut rows: Vec<Row> = buckets.into_iter().flat_map(|bucket| bucket.rows).collect();
    rows.retain(|(event, _)| horizon.is_none_or(|horizon| *event >= horizon));
    rows.sort_unstable_by_key(|(event, _)| Reverse(*event));
    let is_last = horizon.is_none() && rows.len() <= limit;
    rows.truncate(limit);
    let position = rows.last().map(|(event, _)| *event);
    let (mut deliveries, mut unreadable) = (Vec::new(), Vec::new());
    for (_, row) in rows {
        row.map_or_else(|error| unreadable.push(error), |delivery| deliveries.push(delivery));
    }
    DeliveriesPage { deliveries, unreadable, position, is_last }
}
