//! The due index of the deliveries table: every delivery that is not final, by the time somebody must look at it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::delivery::Delivery;
use domain::{Error, Result, Timestamp};
use futures_util::stream::{self, StreamExt};

use crate::Store;
use crate::delivery::delivery_of;
use crate::error::failed;
use crate::item::{Item, number, string};
use crate::key::{self, Key, WORK_SHARDS};
use crate::read::key_of;
use crate::schema::{DUE, Table};
use crate::statement::{self, Condition};

/// Shards read at the same time.
const SHARDS_AT_ONCE: usize = 4;

/// Rows that are due. What cannot be had of them takes nothing else along.
#[derive(Debug)]
pub struct DueRows<T> {
    /// Those that can be read.
    pub rows: Vec<T>,
    /// Those that cannot.
    pub unreadable: Vec<Unreadable>,
    /// Why there may be more.
    pub failed: Option<Error>,
}

/// A row that this release cannot read, as after going back to an older one.
#[derive(Debug)]
pub struct Unreadable {
    key: Key,
    due_at: Option<AttributeValue>,
    /// What is wrong with it.
    pub error: Error,
}

impl<T> DueRows<T> {
    /// Reads each of `items` by itself.
    pub(crate) fn read(items: Vec<Item>, read: impl Fn(Item) -> Result<T>) -> Self {
        let mut due = Self::default();
        for item in items {
            let (key, due_at) = (key_of(&item), item.get("due_at").cloned());
            match (read(item), key) {
                (Ok(row), _) => due.rows.push(row),
                (Err(error), Some(key)) => due.unreadable.push(Unreadable { key, due_at, error }),
                (Err(error), None) => due.failed = Some(error),
            }
        }
        due
    }

    fn add(mut self, shard: Result<Self>) -> Self {
        match shard {
            Ok(more) => {
                self.rows.extend(more.rows);
                self.unreadable.extend(more.unreadable);
                self.failed = more.failed.or(self.failed);
            }
            Err(error) => self.failed = Some(error),
        }
        self
    }
}

impl<T> Default for DueRows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unreadable: Vec::new(), failed: None }
    }
}

impl Store {
    /// Deliveries due by `by`, those with or without a message on its way: at most `limit` of each shard, the most
    /// overdue first. They are read anew, so a row that became final meanwhile is final here too. A few shards are read at
    /// a time: nobody waits for a sweep, and what others ask of DynamoDB meanwhile is not to wait for all of it.
    pub async fn deliveries_due(&self, is_sent: bool, by: Timestamp, limit: i32) -> DueRows<Delivery> {
        let shards = (0..WORK_SHARDS).map(|shard| self.due_of_shard(key::due(is_sent, shard), by, limit));
        stream::iter(shards)
            .buffered(SHARDS_AT_ONCE)
            .fold(DueRows::default(), |all, shard| std::future::ready(all.add(shard)))
            .await
    }

    async fn due_of_shard(&self, partition: String, by: Timestamp, limit: i32) -> Result<DueRows<Delivery>> {
        let items = self.due_items(partition, by, limit).await?;
        Ok(DueRows::read(items, delivery_of))
    }

    /// The whole rows of what is due in a partition, read anew.
    pub(crate) async fn due_items(&self, partition: String, by: Timestamp, limit: i32) -> Result<Vec<Item>> {
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
        let page = call.send().await.map_err(|error| failed("what is due", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        let keys: Vec<_> = page.items().iter().filter_map(key_of).collect();
        self.batch_get(Table::Deliveries, &keys).await
    }

    /// Lets a row that cannot be read wait until `until`, so that it is in nobody's way.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn due_postpone(&self, row: &Unreadable, until: Timestamp) -> Result<()> {
        let changed = Item::from([("due_at".to_owned(), number(until.as_ms()))]);
        let unchanged = row.due_at.iter().map(|due| Condition::Is("due_at", due.clone())).collect();
        let table = self.table(Table::Deliveries);
        let statement = statement::update(table, row.key.clone(), &["due_at"], changed, unchanged)?;
        self.write_together(row.key.clone(), statement, false).await.map(drop)
    }
}
