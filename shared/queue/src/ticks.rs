//! Ticks: what a function that runs every minute tells itself for the rest of the minute. A schedule cannot run more
//! often than that, and a function that waits inside its minute is paid for while it sleeps.

use std::sync::Arc;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry as Entry;
use domain::{Error, Result};
use platform::aws::AwsConfig;

use crate::client;

/// What a tick says; that it comes is all that counts.
const BODY: &str = "tick";

/// The queue of ticks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ticks {
    client: Client,
    url: Arc<str>,
}

impl Ticks {
    /// A handle on the queue at this URL.
    #[must_use]
    pub fn new(aws: &AwsConfig, url: impl Into<Arc<str>>) -> Self {
        Self { client: client::client(aws), url: url.into() }
    }

    /// Sends a tick for each of these delays, in seconds: at most ten, in one call.
    ///
    /// # Errors
    /// When SQS does not take all of them.
    pub async fn send(&self, delays_secs: &[u16]) -> Result<()> {
        let call =
            self.client.send_message_batch().queue_url(&*self.url).set_entries(Some(entries(delays_secs)?));
        let sent = call.send().await.map_err(|error| Error::unavailable("queue of ticks", error))?;
        match sent.failed() {
            [] => Ok(()),
            _ => Err(Error::Unavailable { what: "queue of ticks", source: None }),
        }
    }
}

fn entries(delays_secs: &[u16]) -> Result<Vec<Entry>> {
    let entry = |delay_secs: &u16| {
        let entry = Entry::builder().id(delay_secs.to_string()).message_body(BODY);
        entry.delay_seconds(i32::from(*delay_secs)).build()
    };
    let entries: std::result::Result<_, _> = delays_secs.iter().map(entry).collect();
    entries.map_err(|error| Error::internal("ticks", error))
}
