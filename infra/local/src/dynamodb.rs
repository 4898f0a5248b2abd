//! DynamoDB: dynoxide on a SQLite file, spoken to over HTTP by the real SDK.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hyper::service::service_fn;

use crate::accept;
use crate::dynamodb::engine::Engine;
use crate::emulator::EmulatorThread;
use crate::error::StartError;
use crate::write_back;

mod engine;
mod service;
mod tokens;
mod unreadable;

/// What has to outlive what.
#[derive(Clone, Copy)]
enum Durability {
    /// A write outlives the process, killed or not; a power cut may take the last ones back, never half of one.
    Kept,
    /// A write outlives nothing: for tables that are thrown away.
    Temporary,
}

/// A running DynamoDB emulator.
#[derive(Debug)]
pub struct DynamoDb {
    path: PathBuf,
    thread: EmulatorThread,
}

impl DynamoDb {
    /// Opens the database at `path`, or makes it, and serves it on a free port of loopback.
    ///
    /// # Errors
    /// [`StartError::Damaged`] when the file is no database of a version that dynoxide can read,
    /// [`StartError::Emulator`] when nothing can listen.
    pub async fn start(path: &Path) -> Result<Self, StartError> {
        Self::start_with(path, Durability::Kept).await
    }

    /// As [`Self::start`], for a file that is thrown away: nothing waits for the disk.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_temporary(path: &Path) -> Result<Self, StartError> {
        Self::start_with(path, Durability::Temporary).await
    }

    async fn start_with(path: &Path, durability: Durability) -> Result<Self, StartError> {
        let engine = Engine::open(path, durability)
            .map_err(|error| StartError::Damaged { file: path.to_owned(), reason: error.to_string() })?;
        let (engine, file) = (Arc::new(Mutex::new(engine)), path.to_owned());
        let thread = EmulatorThread::start("dynamodb", async move |listener, stop| {
            let writing_back = tokio::spawn(write_back::keep_up(file, stop.clone()));
            let service = service_fn(move |request| service::handle(engine.clone(), request));
            accept::serve(service, listener, stop).await;
            if writing_back.await.is_err() {
                tracing::warn!("the database's log was not written back to the end");
            }
        })
        .await
        .map_err(|error| StartError::emulator("DynamoDB", error))?;
        Ok(Self { path: path.to_owned(), thread })
    }

    /// The URL for `AWS_ENDPOINT_URL_DYNAMODB`; streams are served there too.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.thread.address())
    }

    /// The SQLite file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends requests and closes the file.
    pub async fn stop(self) {
        self.thread.stop().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement};
    use aws_sdk_dynamodb::types::{AttributeValue, KeyType, ScalarAttributeType};

    async fn client(dynamodb: &DynamoDb) -> Client {
        crate::sdk::dynamodb(&platform::aws::AwsConfig::emulator(dynamodb.endpoint()))
    }

    async fn create_table(client: &Client) {
        let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
        let attribute =
            AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
        let table = client.create_table().table_name("things").key_schema(key);
        let table = table.attribute_definitions(attribute.build().unwrap());
        table.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
    }

    #[tokio::test]
    async fn what_was_written_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dynamodb.sqlite");
        let first = DynamoDb::start(&path).await.unwrap();
        let sdk = client(&first).await;
        create_table(&sdk).await;
        let pk = AttributeValue::S("one".to_owned());
        sdk.put_item().table_name("things").item("pk", pk.clone()).send().await.unwrap();
        first.stop().await;

        let second = DynamoDb::start(&path).await.unwrap();
        let got = client(&second).await.get_item().table_name("things").key("pk", pk).send().await.unwrap();
        assert!(got.item.is_some());
        second.stop().await;
    }

    #[tokio::test]
    async fn what_was_logged_reaches_the_file_while_it_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dynamodb.sqlite");
        let dynamodb = DynamoDb::start(&path).await.unwrap();
        let sdk = client(&dynamodb).await;
        create_table(&sdk).await;
        let marker = "far from enough for the serving connection to write back";
        let pk = AttributeValue::S(marker.to_owned());
        sdk.put_item().table_name("things").item("pk", pk).send().await.unwrap();

        let is_there =
            || std::fs::read(&path).unwrap().windows(marker.len()).any(|part| part == marker.as_bytes());
        let waiting = async {
            while !is_there() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
        dynamodb.stop().await;
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dynamodb.sqlite");
        std::fs::write(
            &path,
            "this is not a database, and long enough to have a header of 100 bytes".repeat(9),
        )
        .unwrap();
        let error = DynamoDb::start(&path).await.unwrap_err().to_string();
        assert!(error.contains("dynamodb.sqlite is damaged"), "{error}");
        assert_eq!(error.lines().count(), 1);
    }
}
