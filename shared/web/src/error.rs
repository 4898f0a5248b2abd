//! What a request can be refused with: everything of [`domain::Error`], and what only a transport can say.

use crate::route::Media;

/// A refusal of the edge.
#[derive(Debug)]
pub(crate) enum Error {
    /// A use case refused, or failed.
    Domain(domain::Error),
    /// There is nothing at this path (404).
    NoPath,
    /// The request names no tenant and the shared pool is switched off (404).
    NoPool,
    /// The path has other methods (405).
    MethodNotAllowed {
        /// The `Allow` header.
        allow: String,
    },
    /// The client takes no JSON (406).
    NotAcceptable,
    /// The body is too large (413).
    PayloadTooLarge {
        /// What the operation reads, which has a limit of its own.
        media: Media,
    },
    /// The body is not declared to be what the operation reads (415).
    UnsupportedMediaType {
        /// What it reads.
        media: Media,
    },
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        Self::Domain(error)
    }
}

impl Error {
    /// The fault behind a 5xx, for the log; `None` when the client is at fault.
    pub(crate) const fn fault(&self) -> Option<&domain::Error> {
        match self {
            Self::Domain(error) if is_fault(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether the client is without blame.
pub(crate) const fn is_fault(error: &domain::Error) -> bool {
    matches!(
        error,
        domain::Error::Unavailable { .. } | domain::Error::Unreadable { .. } | domain::Error::Internal { .. }
    )
}
