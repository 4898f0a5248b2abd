//! What the `main.rs` of every HTTP function does beyond `platform::lambda`: the edge from the environment, and
//! invocations as requests.

mod tame;

use std::convert::Infallible;

use domain::target::AddressPolicy;
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Adapter, Body, Request, Response, StreamAdapter, service_fn};
use platform::aws::AwsConfig;
use platform::config::{self, ConfigError, Service};
use store::{Store, TableNames};

use self::tame::tame;
use crate::{Edge, Limits, Payload, Settings};

/// The tables that `TABLE_NAME` and `DELIVERIES_TABLE_NAME` name.
///
/// # Errors
/// [`ConfigError`] naming the variable.
pub fn store_from_env() -> Result<Store, ConfigError> {
    let aws: AwsConfig = config::aws(Service::DynamoDb)?;
    let tables = TableNames {
        state: config::required("TABLE_NAME")?,
        deliveries: config::optional("DELIVERIES_TABLE_NAME")?.unwrap_or_default(),
    };
    Ok(Store::new(&aws, tables))
}

/// The edge that the environment describes.
///
/// # Errors
/// [`ConfigError`] naming the variable.
pub fn edge_from_env(store: Store) -> Result<Edge, ConfigError> {
    let public_base_url = config::required("PUBLIC_BASE_URL")?.trim_end_matches('/').to_owned();
    let settings =
        Settings { public_base_url, shared_pool: config::switch("SHARED_POOL")?, limits: limits_from_env()? };
    Ok(Edge::new(store, config::keyring()?, settings))
}

/// `RATE_LIMIT`: requests a minute to the catalogue; `off` or unset for no limits.
fn limits_from_env() -> Result<Option<Limits>, ConfigError> {
    let Some(text) = config::optional("RATE_LIMIT")?.filter(|text| text != "off") else { return Ok(None) };
    let per_minute: u32 = text.parse().map_err(|error| ConfigError::invalid("RATE_LIMIT", error))?;
    match per_minute {
        0 => Err(ConfigError::invalid("RATE_LIMIT", "must be off or at least 1")),
        per_minute => Ok(Some(Limits::of(per_minute))),
    }
}

/// Answers invocations of the HTTP API with `handle`, after opening the connection to DynamoDB.
///
/// # Errors
/// When the Lambda Runtime API cannot be reached.
pub async fn run<F, Fut>(store: &Store, handle: F) -> Result<(), lambda_http::Error>
where
    F: Fn(Request) -> Fut + Send + Sync,
    Fut: Future<Output = Response<Body>> + Send,
{
    store.warm_up().await;
    let handle = &handle;
    let answer = service_fn(|request| async { Ok::<_, Infallible>(handle(request).await) });
    let service = ServiceBuilder::new().map_request(tame).service(Adapter::from(answer));
    lambda_http::lambda_runtime::run(service).await
}

/// As [`run`], for a Function URL that streams: answers go out in pieces, as they are made. Behind the HTTP API, which
/// understands whole answers only, use [`run`].
///
/// # Errors
/// When the Lambda Runtime API cannot be reached.
pub async fn run_open<F, Fut>(store: &Store, handle: F) -> Result<(), lambda_http::Error>
where
    F: Fn(Request) -> Fut + Send + Sync,
    Fut: Future<Output = Response<Payload>> + Send,
{
    store.warm_up().await;
    let handle = &handle;
    let answer = service_fn(|request| async { Ok::<_, Infallible>(handle(request).await) });
    let service = ServiceBuilder::new().map_request(tame).service(StreamAdapter::from(answer));
    lambda_http::lambda_runtime::run(service).await
}

/// Which URLs deliveries may go to: `CALLBACK_TARGETS`, `public` unless set.
///
/// # Errors
/// [`ConfigError`] naming the variable.
pub fn targets_from_env() -> Result<AddressPolicy, ConfigError> {
    let word = config::optional("CALLBACK_TARGETS")?.unwrap_or_else(|| "public".to_owned());
    AddressPolicy::parse(&word)
        .ok_or_else(|| ConfigError::invalid("CALLBACK_TARGETS", "must be public or any"))
}

/// The host of the API's own URL: no target of a delivery may be it.
#[must_use]
pub fn own_hosts(public_base_url: &str) -> Vec<String> {
    url::Url::parse(public_base_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .into_iter()
        .collect()
}
