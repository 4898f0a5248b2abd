//! A service that refuses some of its calls until told otherwise, between the SDK and an emulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// Calls that are refused while it is on. Cheap to clone; all clones share their state.
#[derive(Clone, Debug)]
pub struct Outage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The operations concerned; none for all of them.
    operations: Vec<&'static str>,
    is_on: AtomicBool,
    refused: AtomicUsize,
}

impl Outage {
    /// Of these operations (`PutItem`, `SendMessageBatch`); of all where none is named.
    #[must_use]
    pub fn of(operations: &[&'static str]) -> Self {
        let (is_on, refused) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self(Arc::new(Inner { operations: operations.to_vec(), is_on, refused }))
    }

    /// The same client, with the outage in between.
    #[must_use]
    pub fn around(&self, client: &SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Failing { client: client.clone(), outage: self.clone() })
    }

    /// From now on calls are refused.
    pub fn start(&self) {
        self.0.is_on.store(true, Ordering::SeqCst);
    }

    /// From now on they are not.
    pub fn stop(&self) {
        self.0.is_on.store(false, Ordering::SeqCst);
    }

    /// How many calls were refused, the SDK's own repetitions included.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.0.refused.load(Ordering::SeqCst)
    }

    fn refuses(&self, operation: &str) -> bool {
        let concerned = self.0.operations.is_empty() || self.0.operations.contains(&operation);
        let refuses = concerned && self.0.is_on.load(Ordering::SeqCst);
        self.0.refused.fetch_add(usize::from(refuses), Ordering::SeqCst);
        refuses
    }
}

#[derive(Debug)]
struct Failing {
    client: SharedHttpClient,
    outage: Outage,
}

impl HttpClient for Failing {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connector { connector, outage: self.outage.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    connector: SharedHttpConnector,
    outage: Outage,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        if self.outage.refuses(operation) {
            return HttpConnectorFuture::ready(unavailable());
        }
        self.connector.call(request)
    }
}

fn unavailable() -> Result<HttpResponse, ConnectorError> {
    let status = 503_u16.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
    let mut response = HttpResponse::new(status, SdkBody::from(r#"{"__type":"ServiceUnavailable"}"#));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
