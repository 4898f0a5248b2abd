//! Uploads: a client puts an image to S3 itself, and a function looks at it afterwards.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::id::{PetId, UploadId};
use domain::{Error, Result, Scope};

use crate::Blobs;

/// Where an upload lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The pool of its pet.
    pub scope: Scope,
    /// Its pet.
    pub pet: PetId,
    /// Its own id.
    pub id: UploadId,
}

/// What a client says that it will put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// How many bytes.
    pub bytes: u32,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// What they claim to be.
    pub media: &'static str,
}

/// A request that S3 takes from whoever has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Where to `PUT`.
    pub url: String,
    /// Headers that must come along, as they are; the length is signed too, and every client sends it by itself.
    pub headers: Vec<(String, String)>,
}

impl Upload {
    fn key(&self) -> String {
        format!("{}/{}/{}", self.scope, self.pet, self.id)
    }
}

impl Blobs {
    /// A request that puts exactly what was promised, and nothing else, good for `secs` seconds.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn upload_promise(&self, upload: &Upload, promise: &Promise, secs: u32) -> Result<Signed> {
        let put = self
            .client
            .put_object()
            .bucket(&self.buckets.uploads)
            .key(upload.key())
            .content_type(promise.media)
            .content_length(i64::from(promise.bytes))
            .checksum_sha256(STANDARD.encode(promise.sha256));
        let signed = put.presigned(link(secs)?).await;
        let signed = signed.map_err(|error| Error::internal("sign an upload", error))?;
        let headers = signed.headers().filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        Ok(Signed {
            url: signed.uri().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }

    /// What was put; `None` when nothing was, or it is gone.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when it has more than `bytes_max` bytes, of which none is read; when S3 fails.
    pub async fn upload_fetch(&self, upload: &Upload, bytes_max: usize) -> Result<Option<Bytes>> {
        let call = self.client.get_object().bucket(&self.buckets.uploads).key(upload.key());
        let object = match call.send().await {
            Ok(object) => object,
            Err(error) => match error.as_service_error() {
                Some(GetObjectError::NoSuchKey(_)) => return Ok(None),
                _ => return Err(Error::unavailable("fetch an upload", error)),
            },
        };
        let length = object.content_length.and_then(|length| usize::try_from(length).ok());
        if length.is_none_or(|length| length > bytes_max) {
            return Err(Error::TooLarge(format!("an image may have at most {bytes_max} bytes")));
        }
        let body = object.body.collect().await;
        Ok(Some(body.map_err(|error| Error::unavailable("fetch an upload", error))?.into_bytes()))
    }
}

/// How long a signed request is good for.
pub(crate) fn link(secs: u32) -> Result<PresigningConfig> {
    let good_for = Duration::from_secs(u64::from(secs));
    PresigningConfig::expires_in(good_for).map_err(|error| Error::internal("sign a request", error))
}
