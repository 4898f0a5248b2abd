//! The buckets from the environment.

use blob::{Blobs, BucketNames};
use platform::config::{self, ConfigError, Service};

/// The buckets that `PHOTOS_BUCKET_NAME` and `UPLOADS_BUCKET_NAME` name.
///
/// # Errors
/// [`ConfigError`] naming the variable.
pub fn blobs_from_env() -> Result<Blobs, ConfigError> {
    let aws = config::aws(Service::S3)?;
    let buckets = BucketNames {
        photos: config::required("PHOTOS_BUCKET_NAME")?,
        uploads: config::required("UPLOADS_BUCKET_NAME")?,
    };
    Ok(Blobs::new(&aws, buckets))
}
