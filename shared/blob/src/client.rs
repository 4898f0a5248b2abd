//! The SDK's client, with limits that leave a function time to answer.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use platform::aws::AwsConfig;

/// Tries of one call, the first included.
const TRIES: u32 = 3;
const CONNECT: Duration = Duration::from_secs(1);
/// One try: five megabytes within a Region take a fraction of it.
const TRY: Duration = Duration::from_secs(6);
/// All tries of one call.
const OPERATION: Duration = Duration::from_secs(12);

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
        // What we put carries its SHA-256; a second checksum would only cost.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        // An emulator has one name for all buckets.
        .force_path_style(aws.endpoint.is_some());
    config.set_endpoint_url(aws.endpoint.clone());
    Client::from_conf(config.build())
}
