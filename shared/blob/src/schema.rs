//! The buckets as data; `template.yaml` is held against it.

/// Days after which an upload is gone, used or not.
pub const UPLOAD_DAYS: u32 = 1;

/// The names of both buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketNames {
    /// Of what is served.
    pub photos: String,
    /// Of what was put by clients.
    pub uploads: String,
}

impl Default for BucketNames {
    /// The local stack's; in AWS they are made up, since all the world's buckets share one space of names.
    fn default() -> Self {
        Self { photos: "petstore-photos".to_owned(), uploads: "petstore-uploads".to_owned() }
    }
}
