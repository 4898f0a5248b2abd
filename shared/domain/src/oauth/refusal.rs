//! The standard's words for "no" (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5).

/// Why a request of a client is refused. What follows a code is for people who write clients; it repeats nothing that was
/// sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something is missing, repeated or no such thing.
    InvalidRequest(&'static str),
    /// No such client.
    InvalidClient,
    /// The client sent a secret, and none here has one.
    ClientSecret,
    /// The code or token is not good, or not for this request.
    InvalidGrant(&'static str),
    /// A scope that there is not, or that this client, user or token does not have.
    InvalidScope,
    /// Another `grant_type` than those of the metadata.
    UnsupportedGrantType,
    /// Another `response_type` than `code`.
    UnsupportedResponseType,
    /// The user said no.
    AccessDenied,
    /// The user has not answered yet.
    AuthorizationPending,
    /// The device asks too often: from now on it waits five seconds longer.
    SlowDown,
    /// The user did not answer in time.
    ExpiredToken,
}

impl Refusal {
    /// The `error`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient | Self::ClientSecret => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
        }
    }

    /// The `error_description`.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::InvalidRequest(reason) | Self::InvalidGrant(reason) => reason,
            Self::InvalidClient => "there is no client of that client_id",
            Self::ClientSecret => "clients have no secret here: send client_id alone",
            Self::InvalidScope => "the scope is unknown, or more than may be asked for",
            Self::UnsupportedGrantType => "the metadata names the grant types that are taken",
            Self::UnsupportedResponseType => "response_type must be code",
            Self::AccessDenied => "the user said no",
            Self::AuthorizationPending => "the user has not answered yet",
            Self::SlowDown => "wait five seconds longer between two requests",
            Self::ExpiredToken => "the user did not answer in time",
        }
    }
}
