//! The SDK's client, with limits that leave a function time to answer.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::endpoint::{DefaultResolver, ResolveEndpoint, SharedEndpointResolver};
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Builder, Region, StalledStreamProtectionConfig};
use platform::aws::AwsConfig;
use platform::endpoint::ResolveOnce;
use platform::plain::PlainCalls;

/// Tries of one call, the first included.
const TRIES: u32 = 3;
const CONNECT: Duration = Duration::from_secs(1);
/// One try: half of the whole, so that a connection that hangs still leaves time for another.
const TRY: Duration = Duration::from_millis(2_500);
/// All tries of one call.
const OPERATION: Duration = Duration::from_secs(5);

pub(crate) fn client(aws: &AwsConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(TRY)
        .operation_timeout(OPERATION)
        .build();
    let mut config = Builder::default()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(aws.credentials.clone())
        .http_client(aws.http_client.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(timeouts)
        // Answers are a few hundred bytes; the operation's own limit covers them.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .interceptor(PlainCalls);
    let resolver = ResolveOnce::new(DefaultResolver::new().into_shared_resolver());
    config.set_endpoint_resolver(Some(SharedEndpointResolver::new(resolver)));
    config.set_endpoint_url(aws.endpoint.clone());
    Client::from_conf(config.build())
}
