//! Deliveries of one target, by day.

use domain::delivery::Delivery;
use domain::{Result, Scope};
use uuid::Uuid;

use super::delivery_of;
use crate::Store;
use crate::error::failed;
use crate::item::string;
use crate::key::{self, DELIVERY_SHARDS};
use crate::schema::Table;

impl Store {
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
