//! S3: photos, and uploads that are to become photos. The only crate that names `aws-sdk-s3`.
//!
//! Two buckets. What is in `uploads` came from a client and was looked at by nobody; it goes after a day by itself. What
//! is in `photos` was checked and cleaned by us, is never overwritten, and goes when no pet names it any more
//! (docs/adr/0016). Every key begins with the pool.
//!
//! - [`Blobs`] the handle that functions hold
//! - `photo`: keep, fetch, link, list, remove · `upload`: promise a place, take what was put there
//! - [`schema`] the buckets as data; [`Blobs::create_buckets`] makes them on an emulator

mod client;
mod photo;
pub mod schema;
mod upload;

use std::sync::Arc;

use aws_sdk_s3::Client;
use domain::{Error, Result};
use platform::aws::AwsConfig;

pub use self::photo::{Fetched, Kept, Page};
pub use self::schema::BucketNames;
pub use self::upload::{Promise, Signed, Upload};

/// Both buckets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    client: Client,
    buckets: Arc<BucketNames>,
}

impl Blobs {
    /// A handle on the buckets `buckets`.
    #[must_use]
    pub fn new(aws: &AwsConfig, buckets: BucketNames) -> Self {
        Self { client: client::client(aws), buckets: Arc::new(buckets) }
    }

    /// Makes the buckets that are not there yet on an emulator. In AWS the template makes them.
    ///
    /// # Errors
    /// When the endpoint does not answer or refuses.
    pub async fn create_buckets(&self) -> Result<()> {
        for bucket in [&self.buckets.photos, &self.buckets.uploads] {
            if self.client.head_bucket().bucket(bucket).send().await.is_ok() {
                continue;
            }
            let created = self.client.create_bucket().bucket(bucket).send().await;
            created.map_err(|error| Error::unavailable("create a bucket", error))?;
        }
        Ok(())
    }
}
