//! Between domain types and items: rows are plain serde structs; this adds what every item has.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::RowError;
use crate::key::Key;
use crate::schema::Table;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The version of the rows' shape, on every item; readers ignore attributes they do not know.
const SCHEMA_VERSION: u32 = 1;

/// Something stored as one item.
pub(crate) trait Record {
    /// The table it lives in.
    const TABLE: Table;
    /// Its attributes, key and index keys included.
    type Row: Serialize;

    fn row(&self) -> Self::Row;
    fn key(&self) -> Key;
    /// Counts its changes from 1; 0 for what never changes.
    fn version(&self) -> u64;
    /// Whether the row carries events, so that the stream's filter lets it pass.
    fn has_events(&self) -> bool {
        false
    }

    fn item(&self) -> Result<Item> {
        self.item_of(self.row())
    }

    /// The item of a `row` that was made elsewhere.
    fn item_of(&self, row: Self::Row) -> Result<Item> {
        let mut item: Item = serde_dynamo::to_item(row).map_err(RowError::from)?;
        let Key { pk, sk } = self.key();
        item.insert("pk".to_owned(), AttributeValue::S(pk));
        item.insert("sk".to_owned(), AttributeValue::S(sk));
        item.insert("v".to_owned(), number(SCHEMA_VERSION));
        if self.version() > 0 {
            item.insert("version".to_owned(), number(self.version()));
        }
        if self.has_events() {
            item.insert("outbox".to_owned(), AttributeValue::S("1".to_owned()));
        }
        Ok(item)
    }
}

/// Reads an item as a row.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T> {
    Ok(serde_dynamo::from_item(item).map_err(RowError::from)?)
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn string(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn key_item(key: &Key) -> Item {
    HashMap::from([("pk".to_owned(), string(&key.pk)), ("sk".to_owned(), string(&key.sk))])
}
