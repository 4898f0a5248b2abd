//! A refusal in the protocol's own form (RFC 6749 section 5.2): what OAuth clients understand, which is no problem
//! document. Faults of ours are still problem documents.

use domain::Error;
use domain::oauth::Refusal;
use http::StatusCode;
use serde_json::json;
use web::Answer;

/// Why a protocol request is not answered with what it asks for.
pub(crate) enum No {
    /// The client is told so in the protocol's words.
    Refused(Refusal),
    /// Everything else.
    Failed(Error),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The answer to a protocol request.
pub(crate) fn answer(outcome: Result<Answer, No>) -> domain::Result<Answer> {
    match outcome {
        Ok(answer) => Ok(answer),
        Err(No::Refused(refusal)) => Ok(refused(refusal)),
        Err(No::Failed(error)) => Err(error),
    }
}

fn refused(refusal: Refusal) -> Answer {
    let body = json!({"error": refusal.code(), "error_description": refusal.description()});
    match refusal {
        Refusal::ClientSecret => Answer::ok(body)
            .with_status(StatusCode::UNAUTHORIZED)
            .header("www-authenticate", "Basic realm=\"oauth\""),
        _ => Answer::ok(body).with_status(StatusCode::BAD_REQUEST),
    }
}
