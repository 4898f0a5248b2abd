//! What every function's `main.rs` does: start logging and one thread, run, and say why it could not.

use std::process::ExitCode;

use domain::Error;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::level_filters::LevelFilter;

use crate::config;
use crate::telemetry::{self, Chain, LogFormat, Origin};

/// The stack of a process that is told of none, as on one's own machine.
const STACK: &str = "petstore";

/// Runs `main` as the process of `function`: logs as JSON at `LOG_LEVEL` (`info` unless set), metrics of the stack
/// `STACK_NAME`, one thread, since Lambda gives a process one request at a time. A failed start is one log line that names
/// the setting, and a failed exit.
///
/// ```no_run
/// use aws_lambda_events::sqs::SqsEvent;
/// use platform::{batch, config, lambda};
///
/// fn main() -> std::process::ExitCode {
///     lambda::start("delivery", async {
///         let table = config::required("TABLE_NAME")?;
///         let deliver = async |_message| {
///             tracing::info!(table, "a message");
///             Ok(())
///         };
///         lambda::run(async |event: SqsEvent| Ok(batch::sqs(event, 10, deliver).await)).await
///     })
/// }
/// ```
pub fn start(
    function: &'static str,
    main: impl Future<Output = Result<(), lambda_runtime::Error>>,
) -> ExitCode {
    match prepare(function).and_then(|runtime| runtime.block_on(main)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %Chain(&*error), "{function} stopped");
            ExitCode::FAILURE
        }
    }
}

fn prepare(function: &'static str) -> Result<tokio::runtime::Runtime, lambda_runtime::Error> {
    let (level, stack) = (config::parsed::<LevelFilter>("LOG_LEVEL"), config::optional("STACK_NAME"));
    let name = stack.as_ref().ok().cloned().flatten().unwrap_or_else(|| STACK.to_owned());
    let origin = Origin { stack: name, function };
    let default = LevelFilter::INFO;
    telemetry::init(origin, LogFormat::Json, level.as_ref().ok().copied().flatten().unwrap_or(default))?;
    // Only now can a wrong one be told of.
    level?;
    stack?;
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Answers every invocation with `handle`, for functions that no HTTP request reaches: streams, queues, schedules.
///
/// # Errors
/// When the Lambda Runtime API cannot be reached.
pub async fn run<E, R, F, Fut>(handle: F) -> Result<(), lambda_runtime::Error>
where
    E: DeserializeOwned,
    R: Serialize,
    F: Fn(E) -> Fut,
    Fut: Future<Output = Result<R, Error>>,
{
    let handle = &handle;
    let service =
        |event: LambdaEvent<E>| async { handle(event.payload).await.map_err(|error| diagnostic(&error)) };
    lambda_runtime::run(service_fn(service)).await
}

fn diagnostic(error: &Error) -> Diagnostic {
    tracing::error!(error = %Chain(error), "an invocation failed");
    let error_type = if error.is_transient() { "Transient" } else { "Fault" };
    Diagnostic { error_type: error_type.to_owned(), error_message: Chain(error).to_string() }
}
