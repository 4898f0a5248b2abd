//! The variables that every AWS SDK knows, as Lambda sets them and as an emulator's user does.

use std::sync::OnceLock;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{ConfigError, optional, required};
use crate::aws::{AwsConfig, http_client};

/// A service with an endpoint variable of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB and its streams.
    DynamoDb,
    /// SQS.
    Sqs,
    /// S3.
    S3,
    /// Bedrock's models.
    BedrockRuntime,
}

impl Service {
    /// Its endpoint's variable, which comes before the common `AWS_ENDPOINT_URL`.
    const fn endpoint_name(self) -> &'static str {
        match self {
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::S3 => "AWS_ENDPOINT_URL_S3",
            Self::BedrockRuntime => "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        }
    }
}

/// How to reach `service`. All configurations of a process share one connection pool.
///
/// # Errors
/// [`ConfigError`] when the region or the keys are unset.
pub fn aws(service: Service) -> Result<AwsConfig, ConfigError> {
    let region = either("AWS_REGION", "AWS_DEFAULT_REGION")?.ok_or(ConfigError::Missing("AWS_REGION"))?;
    let endpoint = either(service.endpoint_name(), "AWS_ENDPOINT_URL")?;
    Ok(AwsConfig { region, endpoint, credentials: credentials()?, http_client: shared_http_client() })
}

fn either(first: &'static str, second: &'static str) -> Result<Option<String>, ConfigError> {
    Ok(match optional(first)? {
        Some(value) => Some(value),
        None => optional(second)?,
    })
}

/// Lambda sets them once per environment and replaces the environment before they expire.
fn credentials() -> Result<Credentials, ConfigError> {
    let (id, secret) = (required("AWS_ACCESS_KEY_ID")?, required("AWS_SECRET_ACCESS_KEY")?);
    Ok(Credentials::from_keys(id, secret, optional("AWS_SESSION_TOKEN")?))
}

fn shared_http_client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    CLIENT.get_or_init(http_client).clone()
}
