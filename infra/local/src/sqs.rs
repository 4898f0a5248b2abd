//! SQS: rustack in process, spoken to over HTTP by the real SDK.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::service::{SqsHttpConfig, SqsHttpService};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::accept;
use crate::emulator::EmulatorThread;
use crate::error::StartError;
use crate::fair_queues::AcceptsGroups;
use crate::template::{ACCOUNT, Queue, REGION};

/// A running SQS emulator. It keeps messages in memory: after a restart the sweeper sends again what is due.
#[derive(Debug)]
pub struct Sqs {
    thread: EmulatorThread,
}

impl Sqs {
    /// Serves SQS on a free port of loopback.
    ///
    /// # Errors
    /// [`StartError::Emulator`] when nothing can listen.
    pub async fn start() -> Result<Self, StartError> {
        let thread = EmulatorThread::start("sqs", serve).await;
        Ok(Self { thread: thread.map_err(|error| StartError::emulator("SQS", error))? })
    }

    /// The URL for `AWS_ENDPOINT_URL_SQS`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.thread.address())
    }

    /// Stops it; its messages are gone.
    pub async fn stop(self) {
        self.thread.stop().await;
    }
}

async fn serve(listener: TcpListener, stop: CancellationToken) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let config = SqsConfig {
        default_region: REGION.to_owned(),
        account_id: ACCOUNT.to_owned(),
        host: "127.0.0.1".to_owned(),
        port,
        ..SqsConfig::default()
    };
    let handler = AcceptsGroups::new(RustackSqsHandler::new(Arc::new(RustackSqs::new(config))));
    let service = SqsHttpService::new(Arc::new(handler), SqsHttpConfig::default());
    accept::serve(service, listener, stop).await;
}

/// The URLs of the template's queues, by logical id.
pub type QueueUrls = BTreeMap<String, String>;

/// Makes the template's queues, dead-letter queues first, and answers their URLs.
///
/// # Errors
/// [`StartError::Step`] when the emulator refuses one.
pub async fn create_queues(client: &Client, queues: &[Queue]) -> Result<QueueUrls, StartError> {
    let mut urls = QueueUrls::new();
    let (sources, dead_letters): (Vec<_>, Vec<_>) = queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in dead_letters.into_iter().chain(sources) {
        let created = client
            .create_queue()
            .queue_name(&queue.name)
            .set_attributes(Some(attributes(queue, queues).into_iter().collect()))
            .send()
            .await
            .map_err(|error| StartError::step("create the queues", &error))?;
        urls.insert(queue.logical_id.clone(), created.queue_url.unwrap_or_default());
    }
    Ok(urls)
}

/// The ARN that the emulator gives a queue.
#[must_use]
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

fn attributes(queue: &Queue, queues: &[Queue]) -> BTreeMap<Attribute, String> {
    let mut attributes = BTreeMap::from([
        (Attribute::VisibilityTimeout, queue.visibility_timeout_secs.to_string()),
        (Attribute::MessageRetentionPeriod, queue.retention_secs.to_string()),
        (Attribute::ReceiveMessageWaitTimeSeconds, queue.wait_secs.to_string()),
    ]);
    let target = queue.redrive.as_ref().and_then(|redrive| {
        let target = queues.iter().find(|candidate| candidate.logical_id == redrive.target)?;
        // As a number: rustack refuses the count as a string, which AWS would take.
        Some(json!({"deadLetterTargetArn": queue_arn(&target.name), "maxReceiveCount": redrive.receives_max}))
    });
    attributes.extend(target.map(|policy| (Attribute::RedrivePolicy, policy.to_string())));
    let allow = queue.redrive_allow.as_ref();
    attributes.extend(allow.map(|policy| (Attribute::RedriveAllowPolicy, policy.to_string())));
    attributes
}

#[cfg(test)]
mod tests;
