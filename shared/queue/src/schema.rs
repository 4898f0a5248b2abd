//! The queues as data: what [`create`](crate::create()) makes and template.yaml must say.

use crate::QueueName;

/// What comes after a queue's name in its dead-letter queue's.
pub const DEAD_LETTERS_SUFFIX: &str = "-dlq";
/// A message is out of sight that long once received: six times the delivery function's timeout of 30 s, as AWS asks
/// for (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>).
pub const VISIBILITY_TIMEOUT_SECS: u32 = 180;
/// A message that was received that often goes to the dead-letter queue.
pub const RECEIVES_MAX: u32 = 5;

const DAY_SECS: u32 = 86_400;

/// One queue and its dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSchema {
    /// Which.
    pub name: QueueName,
    /// `VisibilityTimeout`.
    pub visibility_timeout_secs: u32,
    /// `MessageRetentionPeriod`.
    pub retention_secs: u32,
    /// `ReceiveMessageWaitTimeSeconds`.
    pub receive_wait_secs: u32,
    /// `maxReceiveCount` of the redrive policy.
    pub receives_max: u32,
    /// `MessageRetentionPeriod` of the dead-letter queue: longer, since a message keeps the age it had.
    pub dead_letters_retention_secs: u32,
}

impl QueueSchema {
    /// The queue's settings.
    #[must_use]
    pub const fn of(name: QueueName) -> Self {
        Self {
            name,
            visibility_timeout_secs: VISIBILITY_TIMEOUT_SECS,
            retention_secs: 4 * DAY_SECS,
            receive_wait_secs: 20,
            receives_max: RECEIVES_MAX,
            dead_letters_retention_secs: 14 * DAY_SECS,
        }
    }

    /// The dead-letter queue's name.
    #[must_use]
    pub fn dead_letters_name(&self) -> String {
        format!("{}{DEAD_LETTERS_SUFFIX}", self.name)
    }
}

/// Both queues.
pub const QUEUES: [QueueSchema; 2] =
    [QueueSchema::of(QueueName::Deliveries), QueueSchema::of(QueueName::Slow)];
