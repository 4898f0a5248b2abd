//! SQS: the two delivery queues, and the sweeper's ticks. The only crate that names `aws-sdk-sqs`.
//!
//! The queues are an accelerator: each message names a delivery whose row, in the deliveries table, is the truth. A
//! message that is lost, doubled or late costs time, never a delivery.
//!
//! - [`Queues`] the handle that functions hold; [`Queues::send`] is all they do with it
//! - [`DeliveryMessage`] what a message says
//! - [`Ticks`] what the sweeper tells itself
//! - [`schema`] the queues as data; [`create()`] makes them on an emulator

mod client;
mod create;
mod message;
pub mod schema;
mod send;
mod split;
mod ticks;

use std::fmt;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use platform::aws::AwsConfig;

pub use self::create::{Created, create};
pub use self::message::{DeliveryMessage, MessageError};
pub use self::send::{DELAY_SECS_MAX, Outgoing, SendError};
pub use self::ticks::Ticks;

/// One of the two queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// First attempts.
    Deliveries,
    /// Retries, and lanes that are failing or at their cap: they wait here, not in front of everyone else.
    Slow,
}

impl QueueName {
    /// Its name in the template, after the stack's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deliveries => "deliveries",
            Self::Slow => "slow",
        }
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether messages name a group, by which SQS keeps a noisy tenant from delaying the others ("fair queues").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupMode {
    /// They do.
    Fair,
    /// They do not: the emulator refuses groups on a standard queue.
    None,
}

impl GroupMode {
    /// Groups on SQS itself, none behind another endpoint: no promise of ours rests on them.
    #[must_use]
    pub const fn of(aws: &AwsConfig) -> Self {
        if aws.endpoint.is_some() { Self::None } else { Self::Fair }
    }
}

/// Both queues. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    deliveries_url: Arc<str>,
    slow_url: Arc<str>,
    group: GroupMode,
}

impl Queues {
    /// A handle on the queues at these URLs.
    #[must_use]
    pub fn new(
        aws: &AwsConfig,
        deliveries_url: impl Into<Arc<str>>,
        slow_url: impl Into<Arc<str>>,
        group: GroupMode,
    ) -> Self {
        let (deliveries_url, slow_url) = (deliveries_url.into(), slow_url.into());
        Self { client: client::client(aws), deliveries_url, slow_url, group }
    }

    /// Where a queue is.
    #[must_use]
    pub fn url(&self, name: QueueName) -> &str {
        match name {
            QueueName::Deliveries => &self.deliveries_url,
            QueueName::Slow => &self.slow_url,
        }
    }
}
