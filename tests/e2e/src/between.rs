//! A client of the SDK with something of a test's between its calls and the service.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// What stands between.
pub(crate) trait Between: Clone + Debug + Send + Sync + 'static {
    /// Answers `request` itself, or lets `service` do so.
    fn call(&self, request: HttpRequest, service: &SharedHttpConnector) -> HttpConnectorFuture;
}

/// The same client with `between` before the service.
pub(crate) fn around(client: SharedHttpClient, between: impl Between) -> SharedHttpClient {
    SharedHttpClient::new(Client { client, between })
}

/// The operation that is asked for, such as `PutItem`.
pub(crate) fn operation(request: &HttpRequest) -> &str {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default()
}

/// Whether the request has `text` in it: a table's name, or what keys have in common.
pub(crate) fn has(request: &HttpRequest, text: &str) -> bool {
    std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default().contains(text)
}

/// An answer of the service, in its own shape.
///
/// # Errors
/// When `status` is none.
pub(crate) fn answer(status: u16, body: &str) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}

#[derive(Debug)]
struct Client<B> {
    client: SharedHttpClient,
    between: B,
}

impl<B: Between> HttpClient for Client<B> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let service = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connector { service, between: self.between.clone() })
    }
}

#[derive(Debug)]
struct Connector<B> {
    service: SharedHttpConnector,
    between: B,
}

impl<B: Between> HttpConnector for Connector<B> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.between.call(request, &self.service)
    }
}
