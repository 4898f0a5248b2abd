//! Both tables as data. The local stack creates them from here; a test compares them with `template.yaml`.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
};
use domain::{Error, Result};

use crate::Store;
use crate::error::failed;

/// One of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Orders, payments, callbacks, pets, users, idempotency; streamed: the outbox.
    State,
    /// Endpoints, deliveries, the catalogue; no stream, or every delivery would wake the fan-out.
    Deliveries,
}

/// The tables' names.
#[derive(Clone, Debug)]
pub struct TableNames {
    /// Of [`Table::State`].
    pub state: String,
    /// Of [`Table::Deliveries`].
    pub deliveries: String,
}

impl TableNames {
    /// Those that `template.yaml` gives to the stack called `stack`.
    #[must_use]
    pub fn of_stack(stack: &str) -> Self {
        Self { state: stack.to_owned(), deliveries: format!("{stack}-deliveries") }
    }
}

impl Default for TableNames {
    fn default() -> Self {
        Self::of_stack("petstore")
    }
}

/// An index: its keys, always projected alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Partition key, a string.
    pub partition: &'static str,
    /// Sort key.
    pub sort: &'static str,
    /// Whether the sort key is a number.
    pub sort_is_number: bool,
}

/// A table's shape. Both have `pk` and `sk`, strings, and expire items by `ttl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// Which one.
    pub table: Table,
    /// Whether it has a stream with new and old images.
    pub streamed: bool,
    /// Its indexes.
    pub indexes: &'static [Index],
}

/// A user's orders, newest first.
pub const OWNER: Index = Index { name: "owner", partition: "own_pk", sort: "own_sk", sort_is_number: false };
/// A pool's orders, sharded, newest first.
pub const FEED: Index = Index { name: "feed", partition: "feed_pk", sort: "own_sk", sort_is_number: false };
/// What must be looked at by a certain time: reservations, operations, callback deadlines. Sparse.
pub const WORK: Index = Index { name: "work", partition: "work_pk", sort: "work_at", sort_is_number: true };
/// Unfinished deliveries by the time somebody must look at them. Sparse.
pub const DUE: Index = Index { name: "due", partition: "due_pk", sort: "due_at", sort_is_number: true };

/// Both tables.
pub const TABLES: [TableSchema; 2] = [
    TableSchema { table: Table::State, streamed: true, indexes: &[OWNER, FEED, WORK] },
    TableSchema { table: Table::Deliveries, streamed: false, indexes: &[DUE] },
];

impl Store {
    /// Creates both tables where they do not exist, for the local stack and tests.
    ///
    /// # Errors
    /// When DynamoDB refuses.
    pub async fn create_tables(&self) -> Result<()> {
        for schema in TABLES {
            self.create_table(schema).await?;
        }
        Ok(())
    }

    async fn create_table(&self, schema: TableSchema) -> Result<()> {
        let name = self.table(schema.table);
        let stream = StreamSpecification::builder()
            .stream_enabled(schema.streamed)
            .set_stream_view_type(schema.streamed.then_some(StreamViewType::NewAndOldImages))
            .build()
            .map_err(|error| Error::internal("table schema", error))?;
        let created = self
            .client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes(schema)?))
            .set_key_schema(Some(keys("pk", "sk")?))
            .set_global_secondary_indexes(Some(indexes(schema)?))
            .set_stream_specification(schema.streamed.then_some(stream))
            .send()
            .await;
        match created.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => self.expire_by_ttl(name).await,
            Err(error) if error.is_resource_in_use_exception() => Ok(()),
            Err(error) => Err(Error::internal("create table", error)),
        }
    }

    async fn expire_by_ttl(&self, name: &str) -> Result<()> {
        let ttl = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name("ttl")
            .build()
            .map_err(|error| Error::internal("table schema", error))?;
        let call = self.client.update_time_to_live().table_name(name).time_to_live_specification(ttl);
        call.send().await.map(|_| ()).map_err(|error| failed("enable ttl", error))
    }
}

fn attributes(schema: TableSchema) -> Result<Vec<AttributeDefinition>> {
    let mut names = vec![("pk", false), ("sk", false)];
    for index in schema.indexes {
        names.push((index.partition, false));
        names.push((index.sort, index.sort_is_number));
    }
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|(name, is_number)| attribute(name, is_number)).collect()
}

fn attribute(name: &str, is_number: bool) -> Result<AttributeDefinition> {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(if is_number { ScalarAttributeType::N } else { ScalarAttributeType::S })
        .build()
        .map_err(|error| Error::internal("table schema", error))
}

fn keys(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .into_iter()
        .map(|(name, key_type)| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build())
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| Error::internal("table schema", error))
}

fn indexes(schema: TableSchema) -> Result<Vec<GlobalSecondaryIndex>> {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    schema
        .indexes
        .iter()
        .map(|index| {
            GlobalSecondaryIndex::builder()
                .index_name(index.name)
                .set_key_schema(Some(keys(index.partition, index.sort)?))
                .projection(keys_only.clone())
                .build()
                .map_err(|error| Error::internal("table schema", error))
        })
        .collect()
}
