//! How the local stack holds a function: what it calls, and what may go wrong outside of it.
//!
//! As in Lambda, a panic or a timeout ends one invocation and nothing else.

use std::any::Any;
use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lambda_http::{Request, Response};
use web::Payload;

/// An error that a function answered with.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A function behind the HTTP API. It cannot fail: its errors are problem documents.
pub type HttpFunction = Arc<dyn Fn(Request) -> BoxFuture<'static, Response<Payload>> + Send + Sync>;
/// A function behind a table's stream.
pub type StreamFunction =
    Arc<dyn Fn(Event) -> BoxFuture<'static, Result<DynamoDbEventResponse, BoxError>> + Send + Sync>;
/// A function behind a queue.
pub type QueueFunction =
    Arc<dyn Fn(SqsEvent) -> BoxFuture<'static, Result<SqsBatchResponse, BoxError>> + Send + Sync>;
/// What runs on a schedule.
pub type TickFunction = Arc<dyn Fn() -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// Why an invocation gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function answered with an error.
    #[error("{}", crate::error::with_causes(.0.as_ref()))]
    Failed(BoxError),
    /// The function panicked.
    #[error("the function panicked: {0}")]
    Panicked(String),
    /// The function took longer than the template allows.
    #[error("the function timed out after {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// Runs one invocation, for at most `limit`. Dropping the future in time is as near as a process gets to Lambda,
/// which ends the whole environment.
///
/// # Errors
/// [`InvokeError::Panicked`] or [`InvokeError::TimedOut`].
pub async fn invoke<T>(limit: Duration, invocation: impl Future<Output = T>) -> Result<T, InvokeError> {
    match tokio::time::timeout(limit, AssertUnwindSafe(invocation).catch_unwind()).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(panic)) => Err(InvokeError::Panicked(message(panic.as_ref()))),
        Err(_) => Err(InvokeError::TimedOut(limit)),
    }
}

/// As [`invoke`], for a function that may answer with an error.
///
/// # Errors
/// Any [`InvokeError`].
pub async fn invoke_fallible<T>(
    limit: Duration,
    invocation: impl Future<Output = Result<T, BoxError>>,
) -> Result<T, InvokeError> {
    invoke(limit, invocation).await?.map_err(InvokeError::Failed)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_invocation() {
        let panicking = async {
            if true {
                panic!("boom")
            }
        };
        let error = invoke(Duration::from_secs(1), panicking).await.unwrap_err();
        assert_eq!(error.to_string(), "the function panicked: boom");
    }

    #[tokio::test]
    async fn a_function_that_hangs_is_ended() {
        let error = invoke(Duration::from_millis(1), std::future::pending::<()>()).await.unwrap_err();
        assert!(matches!(error, InvokeError::TimedOut(_)), "{error}");
    }

    #[tokio::test]
    async fn an_error_is_told_with_its_causes() {
        let failing = async { Err::<(), _>(BoxError::from(std::io::Error::other("disk full"))) };
        let error = invoke_fallible(Duration::from_secs(1), failing).await.unwrap_err();
        assert_eq!(error.to_string(), "disk full");
    }
}
