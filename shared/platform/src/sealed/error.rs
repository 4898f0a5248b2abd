//! What can go wrong with keys; no variant holds a secret.

/// A master key with too few bytes to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key needs at least {} bytes", super::MASTER_BYTES_MIN)]
pub struct KeyTooShort;

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is no sealed text.
    #[error("not a sealed text")]
    Malformed,
    /// It was sealed under another master key.
    #[error("sealed under another master key")]
    UnknownKey,
    /// It was changed, or sealed under another context.
    #[error("changed, or sealed for something else")]
    Refused,
}

impl From<OpenError> for domain::Error {
    fn from(error: OpenError) -> Self {
        Self::internal("open a sealed value", error)
    }
}
