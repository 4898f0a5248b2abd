//! A service that refuses some of its calls until told otherwise, between the SDK and an emulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use crate::between::{self, Between};

/// Calls that are refused while it is on. Cheap to clone; all clones share their state.
#[derive(Clone, Debug)]
pub struct Outage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The operations concerned; none for all of them.
    operations: Vec<&'static str>,
    /// What the calls concerned speak of; empty for anything.
    about: String,
    is_on: AtomicBool,
    refused: AtomicUsize,
}

impl Outage {
    /// Of these operations (`PutItem`, `SendMessageBatch`); of all where none is named.
    #[must_use]
    pub fn of(operations: &[&'static str]) -> Self {
        Self::about(operations, "")
    }

    /// Of these operations, where they speak of `about`: a table's name, or what keys have in common.
    #[must_use]
    pub fn about(operations: &[&'static str], about: &str) -> Self {
        let (is_on, refused) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self(Arc::new(Inner { operations: operations.to_vec(), about: about.to_owned(), is_on, refused }))
    }

    /// The same client, with the outage in between.
    #[must_use]
    pub fn around(&self, client: &SharedHttpClient) -> SharedHttpClient {
        between::around(client.clone(), self.clone())
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

    fn refuses(&self, request: &HttpRequest) -> bool {
        let operation = between::operation(request);
        let concerned = self.0.operations.is_empty() || self.0.operations.contains(&operation);
        let refuses =
            concerned && between::has(request, &self.0.about) && self.0.is_on.load(Ordering::SeqCst);
        self.0.refused.fetch_add(usize::from(refuses), Ordering::SeqCst);
        refuses
    }
}

impl Between for Outage {
    fn call(&self, request: HttpRequest, service: &SharedHttpConnector) -> HttpConnectorFuture {
        match self.refuses(&request) {
            true => HttpConnectorFuture::ready(between::answer(503, r#"{"__type":"ServiceUnavailable"}"#)),
            false => service.call(request),
        }
    }
}
