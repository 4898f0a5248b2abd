//! What several processes count together.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::time::HOUR_MS;
use domain::{Error, Result, Scope, Timestamp};

use crate::Store;
use crate::error::failed;
use crate::item::{key_item, number};
use crate::key::Key;
use crate::schema::Table;

/// How long a count outlives its window.
const KEPT_MS: i64 = HOUR_MS;

impl Store {
    /// Adds to what is counted under `id` until `reset`, and answers the sum.
    ///
    /// # Errors
    /// When DynamoDB fails. The SDK may add twice when an answer is lost: a count is no account.
    pub async fn count_add(&self, scope: Scope, id: &str, reset: Timestamp, add: u64) -> Result<u64> {
        let add = i64::try_from(add).unwrap_or(i64::MAX);
        self.add(Table::State, scope, id, (reset, add)).await.map(counted)
    }

    /// Takes `back` away again from what [`count_add`](Self::count_add) added.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn count_take_back(&self, scope: Scope, id: &str, reset: Timestamp, back: u64) -> Result<()> {
        let back = i64::try_from(back).unwrap_or(i64::MAX);
        self.add(Table::State, scope, id, (reset, -back)).await.map(drop)
    }

    /// What is counted under `id` until `reset` (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn count_fetch(&self, scope: Scope, id: &str, reset: Timestamp) -> Result<u64> {
        let item = self.get(Table::State, &Key::count(scope, id, reset)).await?;
        Ok(item.and_then(|item| item.get("taken")?.as_n().ok()?.parse().ok()).unwrap_or_default())
    }

    /// As [`count_add`](Self::count_add), in the table of deliveries, the only one that their function may touch.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn deliveries_counted(
        &self,
        scope: Scope,
        id: &str,
        reset: Timestamp,
        add: u32,
    ) -> Result<u64> {
        self.add(Table::Deliveries, scope, id, (reset, add.into())).await.map(counted)
    }

    async fn add(&self, table: Table, scope: Scope, id: &str, (reset, add): (Timestamp, i64)) -> Result<i64> {
        let update = self
            .client
            .update_item()
            .table_name(self.table(table))
            .set_key(Some(key_item(&Key::count(scope, id, reset))))
            .update_expression("ADD taken :add SET #ttl = :ttl")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":add", number(add))
            .expression_attribute_values(":ttl", number(reset.plus_ms(KEPT_MS).as_secs()))
            .return_values(ReturnValue::UpdatedNew)
            .set_return_consumed_capacity(self.capacity());
        let done = update.send().await.map_err(|error| failed("count", error))?;
        self.count_about("UpdateItem", "count", true, done.consumed_capacity.as_slice());
        let taken = done.attributes().and_then(|item| item.get("taken")?.as_n().ok()?.parse().ok());
        taken.ok_or(Error::fault("a count that is no number"))
    }
}

/// A sum that fell below zero counts as nothing.
fn counted(sum: i64) -> u64 {
    u64::try_from(sum).unwrap_or_default()
}
