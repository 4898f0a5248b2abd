//! Why a URL is no target.

/// Why a URL is refused. The texts are fixed: none of them repeats the URL or tells what an address holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TargetError {
    /// Longer than [`TARGET_CHARS_MAX`](super::TARGET_CHARS_MAX), as given or once encoded.
    #[error("must be at most 2,048 characters")]
    TooLong,
    /// No absolute URL with a host.
    #[error("must be an absolute URL")]
    Malformed,
    /// Control characters, blanks or backslashes.
    #[error("must not contain control characters, spaces or backslashes")]
    Characters,
    /// A scheme that is not allowed.
    #[error("must use https")]
    Scheme,
    /// A port that is not allowed.
    #[error("must use port 443 or 8443")]
    Port,
    /// A user name or password, even an empty one.
    #[error("must not contain user info")]
    UserInfo,
    /// A fragment, even an empty one: it would never be sent.
    #[error("must not contain a fragment")]
    Fragment,
    /// One of our own hosts.
    #[error("must not be one of our own hosts")]
    OwnHost,
    /// A name or a literal address that is not public.
    #[error("must name a public host")]
    NotPublic,
}

impl TargetError {
    /// The machine-readable reason, `errors[].code` of a problem document.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "invalid_format",
            Self::Characters => "characters_not_allowed",
            Self::Scheme => "scheme_not_allowed",
            Self::Port => "port_not_allowed",
            Self::UserInfo => "user_info_not_allowed",
            Self::Fragment => "fragment_not_allowed",
            Self::OwnHost => "own_host",
            Self::NotPublic => "address_not_allowed",
        }
    }
}
