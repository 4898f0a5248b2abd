//! Photos: what is served.

use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, Object, ObjectIdentifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::photo::Photo;
use domain::{Error, Result, Timestamp};

use crate::Blobs;
use crate::upload::link;

/// A photo never changes under its name.
pub(crate) const CACHE: &str = "public, max-age=31536000, immutable";
/// Keys that one call takes at most.
const KEYS_MAX: usize = 1_000;

/// A photo that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It, and of which type it is.
    Whole {
        /// Its media type.
        media: String,
        /// Its bytes.
        bytes: Bytes,
    },
    /// It is larger than it was asked for.
    TooLarge,
}

/// An object in the bucket of photos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its key.
    pub key: String,
    /// When it was put.
    pub at: Timestamp,
}

/// Some of the bucket, in the order of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// What is kept.
    pub kept: Vec<Kept>,
    /// The key behind which the next page begins; `None` after the last.
    pub next: Option<String>,
}

impl Blobs {
    /// Keeps a photo. Its SHA-256 goes along, so that S3 takes it as it is or not at all.
    ///
    /// # Errors
    /// When S3 fails.
    pub async fn photo_keep(
        &self,
        photo: &Photo,
        media: &'static str,
        bytes: Bytes,
        sha256: [u8; 32],
    ) -> Result<()> {
        let put = self
            .client
            .put_object()
            .bucket(&self.buckets.photos)
            .key(photo.to_string())
            .content_type(media)
            .cache_control(CACHE)
            .checksum_sha256(STANDARD.encode(sha256))
            .body(ByteStream::from(bytes));
        put.send().await.map_err(|error| Error::unavailable("keep a photo", error))?;
        Ok(())
    }

    /// A photo of at most `bytes_max` bytes; `None` when it is not there.
    ///
    /// # Errors
    /// When S3 fails.
    pub async fn photo_fetch(&self, photo: &Photo, bytes_max: usize) -> Result<Option<Fetched>> {
        let call = self.client.get_object().bucket(&self.buckets.photos).key(photo.to_string());
        let object = match call.send().await {
            Ok(object) => object,
            Err(error) => match error.as_service_error() {
                Some(GetObjectError::NoSuchKey(_)) => return Ok(None),
                _ => return Err(Error::unavailable("fetch a photo", error)),
            },
        };
        let length = object.content_length.and_then(|length| usize::try_from(length).ok());
        if length.is_none_or(|length| length > bytes_max) {
            return Ok(Some(Fetched::TooLarge));
        }
        let media = object.content_type.unwrap_or_default();
        let body = object.body.collect().await;
        let bytes = body.map_err(|error| Error::unavailable("fetch a photo", error))?.into_bytes();
        Ok(Some(Fetched::Whole { media, bytes }))
    }

    /// An address at which S3 itself serves the photo, for `secs` seconds.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn photo_link(&self, photo: &Photo, secs: u32) -> Result<String> {
        let call = self.client.get_object().bucket(&self.buckets.photos).key(photo.to_string());
        let signed = call.presigned(link(secs)?).await;
        Ok(signed.map_err(|error| Error::internal("sign a link", error))?.uri().to_owned())
    }

    /// What the bucket holds behind the key `after`, `max` of it, a thousand at most. A key is good for ever, and a
    /// continuation token for who knows how long.
    ///
    /// # Errors
    /// When S3 fails.
    pub async fn photos_kept(&self, after: Option<&str>, max: u16) -> Result<Page> {
        let call = self.client.list_objects_v2().bucket(&self.buckets.photos).max_keys(max.into());
        let call = call.set_start_after(after.map(str::to_owned));
        let listed = call.send().await.map_err(|error| Error::unavailable("list photos", error))?;
        let last = listed.contents().last().and_then(|last| last.key.clone());
        let kept = listed.contents().iter().filter_map(kept).collect();
        Ok(Page { kept, next: last.filter(|_| listed.is_truncated == Some(true)) })
    }

    /// Removes objects by their keys. What is gone already is as good.
    ///
    /// # Errors
    /// When S3 fails, or keeps any of them.
    pub async fn photos_remove(&self, keys: Vec<String>) -> Result<()> {
        for keys in keys.chunks(KEYS_MAX) {
            let named = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build());
            let named: std::result::Result<Vec<_>, _> = named.collect();
            let named =
                named.and_then(|named| Delete::builder().set_objects(Some(named)).quiet(true).build());
            let delete = named.map_err(|error| Error::internal("remove photos", error))?;
            let call = self.client.delete_objects().bucket(&self.buckets.photos).delete(delete);
            let done = call.send().await.map_err(|error| Error::unavailable("remove photos", error))?;
            if !done.errors().is_empty() {
                return Err(Error::Unavailable { what: "remove photos", source: None });
            }
        }
        Ok(())
    }
}

fn kept(object: &Object) -> Option<Kept> {
    let at = object.last_modified?.to_millis().ok()?;
    Some(Kept { key: object.key.clone()?, at: Timestamp::from_ms(at) })
}
