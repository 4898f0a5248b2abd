//! The emulators of a stack. They run in its process, or in one of their own where somebody wants to tell what our code
//! costs from what they do.

use std::path::Path;

use platform::aws::AwsConfig;

use crate::dynamodb::DynamoDb;
use crate::error::StartError;
use crate::s3::S3;
use crate::sqs::Sqs;
use crate::stream_index::StreamIndex;

/// Where emulators answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// DynamoDB and its streams.
    pub dynamodb: String,
    /// SQS.
    pub sqs: String,
    /// S3.
    pub s3: String,
}

impl Endpoints {
    /// How to reach DynamoDB, SQS and S3, over one pool of connections.
    #[must_use]
    pub fn configs(&self) -> [AwsConfig; 3] {
        let dynamodb = AwsConfig::emulator(&self.dynamodb);
        let sqs = AwsConfig { endpoint: Some(self.sqs.clone()), ..dynamodb.clone() };
        let s3 = AwsConfig { endpoint: Some(self.s3.clone()), ..dynamodb.clone() };
        [dynamodb, sqs, s3]
    }
}

/// Running emulators.
#[derive(Debug)]
pub struct Emulators {
    dynamodb: DynamoDb,
    sqs: Sqs,
    s3: S3,
    index: Option<StreamIndex>,
}

impl Emulators {
    /// Starts them on `database`, which outlives the process unless it is `temporary`, and on the folder `buckets`.
    ///
    /// # Errors
    /// [`StartError`] when one does not come up.
    pub async fn start(database: &Path, buckets: &Path, temporary: bool) -> Result<Self, StartError> {
        let dynamodb = match temporary {
            true => DynamoDb::start_temporary(database).await?,
            false => DynamoDb::start(database).await?,
        };
        let index = StreamIndex::add(dynamodb.path());
        Ok(Self { sqs: Sqs::start().await?, s3: S3::start(buckets).await?, dynamodb, index })
    }

    /// Where they answer.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        Endpoints { dynamodb: self.dynamodb.endpoint(), sqs: self.sqs.endpoint(), s3: self.s3.endpoint() }
    }

    /// The SQLite file behind DynamoDB, for what DynamoDB does by itself.
    pub(crate) fn database(&self) -> &Path {
        self.dynamodb.path()
    }

    /// The indexes of the stream, for whoever trims it.
    pub(crate) fn take_index(&mut self) -> Option<StreamIndex> {
        self.index.take()
    }

    /// Finishes what runs and closes the file; the queues' messages are gone.
    pub async fn stop(self) {
        self.sqs.stop().await;
        self.s3.stop().await;
        self.dynamodb.stop().await;
    }
}
