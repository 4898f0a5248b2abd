//! SDK clients for the emulators, all over one connection pool.

use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use platform::aws::AwsConfig;

macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(aws: &AwsConfig) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(aws.region.clone()))
                .credentials_provider(aws.credentials.clone())
                .http_client(aws.http_client.clone());
            let config = match &aws.endpoint {
                Some(endpoint) => config.endpoint_url(endpoint),
                None => config,
            };
            $sdk::Client::from_conf(config.build())
        }
    };
}

client!(
    /// A DynamoDB client.
    dynamodb,
    aws_sdk_dynamodb
);
client!(
    /// A DynamoDB Streams client.
    streams,
    aws_sdk_dynamodbstreams
);
client!(
    /// An SQS client.
    sqs,
    aws_sdk_sqs
);
