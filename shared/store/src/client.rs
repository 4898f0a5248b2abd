//! The SDK client: time-outs short enough for a request's life, retries for throttles and lost connections.

use std::time::Duration;

use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, ResolveEndpoint, SharedEndpointResolver};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::{Client, Config};
use platform::aws::AwsConfig;
use platform::endpoint::ResolveOnce;
use platform::plain::PlainCalls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPTS_MAX: u32 = 4;

/// The SDK's client as every function has it. [`Store`](crate::Store) is how it is used; by itself it is only measured.
#[must_use]
pub fn build(config: &AwsConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(Duration::from_millis(20))
        .with_max_backoff(Duration::from_millis(500));
    let resolver = ResolveOnce::new(DefaultResolver::new().into_shared_resolver());
    let mut builder = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(config.region.clone()))
        .credentials_provider(config.credentials.clone())
        .http_client(config.http_client.clone())
        .timeout_config(timeouts)
        .retry_config(retries)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .interceptor(PlainCalls);
    builder.set_endpoint_resolver(Some(SharedEndpointResolver::new(resolver)));
    if let Some(endpoint) = &config.endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    Client::from_conf(builder.build())
}
