//! Deliveries of one target, by day.

use std::cmp::Reverse;

use domain::delivery::Delivery;
use domain::{Result, Scope};
use uuid::Uuid;

use super::delivery_of;
use crate::Store;
use crate::error::failed;
use crate::item::string;
use crate::key::{self, DELIVERY_SHARDS};
use crate::schema::Table;

/// Deliveries of one day, newest first.
#[derive(Clone, Debug)]
pub struct DeliveriesPage {
    /// At most as many as were asked for, and fewer where rows are large.
    pub deliveries: Vec<Delivery>,
    /// Whether nothing older of that day is left.
    pub is_last: bool,
}

/// What one call reads of a bucket: at most a megabyte.
struct BucketPage {
    deliveries: Vec<Delivery>,
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
        let deliveries =
            page.items.unwrap_or_default().into_iter().map(delivery_of).collect::<Result<_>>()?;
        Ok(BucketPage { deliveries, is_cut })
    }
}

/// The newest of all buckets. A bucket that was cut may hold more right behind its last, so nothing older than that is
/// shown yet: it would be passed over for good.
fn merged(buckets: Vec<BucketPage>, limit: usize) -> DeliveriesPage {
    let cut = buckets.iter().filter(|bucket| bucket.is_cut);
    let horizon = cut.filter_map(|bucket| bucket.deliveries.last()).map(|last| last.id.event()).max();
    let mut deliveries: Vec<Delivery> = buckets.into_iter().flat_map(|bucket| bucket.deliveries).collect();
    deliveries.retain(|delivery| horizon.is_none_or(|horizon| delivery.id.event() >= horizon));
    deliveries.sort_unstable_by_key(|delivery| Reverse(delivery.id.event()));
    let is_last = horizon.is_none() && deliveries.len() <= limit;
    deliveries.truncate(limit);
    DeliveriesPage { deliveries, is_last }
}
