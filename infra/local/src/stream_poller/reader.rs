//! Reads a table's stream in order, from just after a checkpoint.

use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodbstreams::types::ShardIteratorType;

use serde_json::Value as Json;

use super::record;

/// A stream record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its place in the stream.
    pub sequence: String,
    /// It, in the JSON that Lambda would hand over.
    pub event: Json,
}

/// Why the stream cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The table has no stream, or the stream no shard.
    #[error("table {0} has no stream")]
    NoStream(String),
    /// The emulator refused or did not answer.
    #[error("{0}")]
    Sdk(String),
}

impl<E> From<SdkError<E>> for ReadError
where
    SdkError<E>: std::error::Error + 'static,
    E: 'static,
{
    fn from(error: SdkError<E>) -> Self {
        Self::Sdk(DisplayErrorContext(&error).to_string())
    }
}

/// A reader of one table's stream. The emulator has one shard that never splits, so one it reads.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    table: String,
    stream_arn: Option<String>,
    iterator: Option<String>,
}

impl Reader {
    /// A reader of `table`'s stream.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), stream_arn: None, iterator: None }
    }

    /// The next records; empty when there are none yet. `checkpoint` is where to begin at the first call and after
    /// an error.
    ///
    /// # Errors
    /// [`ReadError`]; the next call begins at its checkpoint.
    pub async fn read(&mut self, checkpoint: Option<&str>) -> Result<Vec<Record>, ReadError> {
        let iterator = match self.iterator.take() {
            Some(iterator) => iterator,
            None => self.begin(checkpoint).await?,
        };
        let got = self.client.get_records().shard_iterator(iterator).send().await?;
        let arn = self.stream_arn.as_deref().unwrap_or_default();
        let records = got.records().iter().map(|record| record::from_sdk(record, arn)).collect();
        self.iterator = got.next_shard_iterator;
        Ok(records)
    }

    async fn begin(&mut self, checkpoint: Option<&str>) -> Result<String, ReadError> {
        let missing = || ReadError::NoStream(self.table.clone());
        let streams = self.client.list_streams().table_name(&self.table).send().await?;
        let arn = streams.streams().first().and_then(|stream| stream.stream_arn()).ok_or_else(missing)?;
        let described = self.client.describe_stream().stream_arn(arn).send().await?;
        let shards = described.stream_description().map(|stream| stream.shards()).unwrap_or_default();
        let shard = shards.first().and_then(|shard| shard.shard_id()).ok_or_else(missing)?;
        let begin = self.client.get_shard_iterator().stream_arn(arn).shard_id(shard);
        let begin = match checkpoint {
            Some(sequence) => {
                begin.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(sequence)
            }
            None => begin.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let iterator = begin.send().await?.shard_iterator;
        let iterator = iterator.ok_or_else(missing)?;
        self.stream_arn = Some(arn.to_owned());
        Ok(iterator)
    }
}
