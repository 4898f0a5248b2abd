//! The due index of the deliveries table: every delivery that is not final, by the time somebody must look at it.

use domain::Result;
use domain::Timestamp;
use domain::delivery::Delivery;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::Store;
use crate::delivery::delivery_of;
use crate::error::failed;
use crate::item::{number, string};
use crate::key::{self, WORK_SHARDS};
use crate::read::key_of;
use crate::schema::{DUE, Table};

/// Shards read at the same time.
const SHARDS_AT_ONCE: usize = 4;

impl Store {
    /// Deliveries due by `by`, those with or without a message on its way: at most `limit` of each shard, the most
    /// overdue first. They are read anew, so a row that became final meanwhile is final here too. A few shards are read at
    /// a time: nobody waits for a sweep, and what others ask of DynamoDB meanwhile is not to wait for all of it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn deliveries_due(&self, is_sent: bool, by: Timestamp, limit: i32) -> Result<Vec<Delivery>> {
        let shards = (0..WORK_SHARDS).map(|shard| self.due_of_shard(key::due(is_sent, shard), by, limit));
        let found: Vec<_> = stream::iter(shards).buffered(SHARDS_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn due_of_shard(&self, partition: String, by: Timestamp, limit: i32) -> Result<Vec<Delivery>> {
        let call = self
            .client
            .query()
            .table_name(self.table(Table::Deliveries))
            .index_name(DUE.name)
            .key_condition_expression("due_pk = :partition AND due_at <= :by")
            .expression_attribute_values(":partition", string(partition))
            .expression_attribute_values(":by", number(by.as_ms()))
            .limit(limit)
            .set_return_consumed_capacity(self.capacity());
        let page = call.send().await.map_err(|error| failed("due deliveries", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        let keys: Vec<_> = page.items().iter().filter_map(key_of).collect();
        self.batch_get(Table::Deliveries, &keys).await?.into_iter().map(delivery_of).collect()
    }
}
