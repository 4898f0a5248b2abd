//! The few ways of reading: one item, many items, one partition.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{Error, Result};

use crate::Store;
use crate::error::failed;
use crate::item::{Item, Record, key_item, string};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::wait;

/// Keys one `BatchGetItem` takes.
const BATCH_MAX: usize = 100;
/// Rounds of a batch whose keys were left unprocessed.
const ROUNDS_MAX: u32 = 5;

impl Store {
    /// One item, as it is now.
    pub(crate) async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>> {
        self.get_item(table, key, true).await
    }

    /// One item, as it was a moment ago, for half the price.
    pub(crate) async fn get_eventually(&self, table: Table, key: &Key) -> Result<Option<Item>> {
        self.get_item(table, key, false).await
    }

    async fn get_item(&self, table: Table, key: &Key, is_consistent: bool) -> Result<Option<Item>> {
        let call = self
            .client
            .get_item()
            .table_name(self.table(table))
            .set_key(Some(key_item(key)))
            .consistent_read(is_consistent)
            .set_return_consumed_capacity(self.capacity());
        let found = call.send().await.map_err(|error| failed("read", error))?;
        self.count("GetItem", false, found.consumed_capacity.as_slice());
        Ok(found.item)
    }

    /// The items of these keys that are there, as they are now. No key may come twice.
    pub(crate) async fn batch_get_consistent(
        &self,
        table: Table,
        keys: Vec<Key>,
    ) -> Result<HashMap<Key, Item>> {
        let mut found = HashMap::with_capacity(keys.len());
        if let [only] = keys.as_slice() {
            found.extend(self.get(table, only).await?.map(|item| (only.clone(), item)));
            return Ok(found);
        }
        for chunk in keys.chunks(BATCH_MAX) {
            self.batch_get_chunk(table, chunk, true, &mut found).await?;
        }
        Ok(found)
    }

    /// Every item of a partition, as it is now, in key order.
    pub(crate) async fn query_partition(&self, table: Table, pk: &str) -> Result<Vec<Item>> {
        self.query_items(table, pk, true).await
    }

    /// Every item of a partition in key order, as it is now or, for half the price, was a moment ago.
    pub(crate) async fn query_items(&self, table: Table, pk: &str, is_consistent: bool) -> Result<Vec<Item>> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let call = self
                .client
                .query()
                .table_name(self.table(table))
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", string(pk))
                .consistent_read(is_consistent)
                .set_exclusive_start_key(start)
                .set_return_consumed_capacity(self.capacity());
            let page = call.send().await.map_err(|error| failed("query", error))?;
            self.count("Query", false, page.consumed_capacity.as_slice());
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// Items by key, in the order asked; missing ones are left out.
    pub(crate) async fn batch_get(&self, table: Table, keys: &[Key]) -> Result<Vec<Item>> {
        let mut found = HashMap::new();
        for chunk in keys.chunks(BATCH_MAX) {
            self.batch_get_chunk(table, chunk, false, &mut found).await?;
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }

    async fn batch_get_chunk(
        &self,
        table: Table,
        keys: &[Key],
        is_consistent: bool,
        found: &mut HashMap<Key, Item>,
    ) -> Result<()> {
        let name = self.table(table);
        let mut wanted: Vec<_> = keys.iter().map(key_item).collect();
        for round in 0..ROUNDS_MAX {
            let request =
                KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(is_consistent).build();
            let request = request.map_err(|error| Error::internal("read batch", error))?;
            let call = self
                .client
                .batch_get_item()
                .request_items(name, request)
                .set_return_consumed_capacity(self.capacity());
            let mut page = call.send().await.map_err(|error| failed("read batch", error))?;
            self.count("BatchGetItem", false, page.consumed_capacity());
            let items = page.responses.as_mut().and_then(|tables| tables.remove(name)).unwrap_or_default();
            found.extend(items.into_iter().filter_map(|item| Some((key_of(&item)?, item))));
            wanted = page
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(name))
                .map(|left| left.keys)
                .unwrap_or_default();
            if wanted.is_empty() {
                return Ok(());
            }
            wait(round).await;
        }
        Err(Error::Unavailable { what: "read batch", source: None })
    }

    /// Writes `record` over whatever stands there: for rows that only their writer changes.
    pub(crate) async fn overwrite<R: Record>(&self, record: &R) -> Result<()> {
        let call = self
            .client
            .put_item()
            .table_name(self.table(R::TABLE))
            .set_item(Some(record.item()?))
            .set_return_consumed_capacity(self.capacity());
        let done = call.send().await.map_err(|error| failed("write", error))?;
        self.count("PutItem", true, done.consumed_capacity.as_slice());
        Ok(())
    }
}

/// The primary key of an item.
pub(crate) fn key_of(item: &Item) -> Option<Key> {
    let text =
        |name| item.get(name).and_then(|value: &aws_sdk_dynamodb::types::AttributeValue| value.as_s().ok());
    Some(Key { pk: text("pk")?.clone(), sk: text("sk")?.clone() })
}
