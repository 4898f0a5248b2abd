//! How SDK clients reach AWS or an emulator: region, endpoint, credentials and the one HTTP client they share.
//!
//! Lambda puts credentials and region into the environment, so nothing of `aws-config`'s provider chain is linked:
//! it would cost init time and binary size for sources that a function never has.

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// What every SDK client needs. Build it once per process and clone it.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    /// The region, `eu-central-1`.
    pub region: String,
    /// An emulator's or a VPC endpoint's URL; `None` for the service's own.
    pub endpoint: Option<String>,
    /// Who signs the requests.
    pub credentials: Credentials,
    /// The connection pool.
    pub http_client: SharedHttpClient,
}

impl AwsConfig {
    /// A configuration for an emulator on loopback.
    #[must_use]
    pub fn emulator(endpoint: impl Into<String>) -> Self {
        Self {
            region: "us-east-1".to_owned(),
            endpoint: Some(endpoint.into()),
            credentials: Credentials::from_keys("local", "local", None),
            http_client: http_client(),
        }
    }

    /// The same, where requests say that `name` signed them; for emulators, which verify nothing.
    #[must_use]
    pub fn signed_as(&self, name: &str) -> Self {
        Self { credentials: Credentials::from_keys(name, "local", None), ..self.clone() }
    }
}

/// A pooled HTTP client on rustls with ring (docs/adr/0005).
#[must_use]
pub fn http_client() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
