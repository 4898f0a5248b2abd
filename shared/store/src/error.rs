//! What DynamoDB says, in the domain's words.

use std::error::Error as StdError;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// Maps a failed call: throttles and lost connections are worth a retry, everything else is a fault of ours.
pub(crate) fn failed<E, R>(what: &'static str, error: SdkError<E, R>) -> Error
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let is_ours = matches!(
        error.code(),
        Some("ValidationException" | "AccessDeniedException" | "ResourceNotFoundException")
    );
    let is_broken = matches!(error, SdkError::ConstructionFailure(_));
    if is_ours || is_broken { Error::internal(what, error) } else { Error::unavailable(what, error) }
}

/// A row that cannot be read or written as what it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RowError {
    /// serde_dynamo's word.
    #[error("row does not fit its type")]
    Serde(#[from] serde_dynamo::Error),
    /// An attribute holds something else.
    #[error("attribute {0} holds no valid value")]
    Attribute(&'static str),
}

impl From<RowError> for Error {
    fn from(error: RowError) -> Self {
        Self::unreadable("stored row", error)
    }
}
