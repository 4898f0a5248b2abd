//! A queue.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{logical_id_of, named};
use crate::template::{Queue, Redrive};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawQueue {
    queue_name: String,
    visibility_timeout: Option<u32>,
    message_retention_period: Option<u32>,
    receive_message_wait_time_seconds: Option<u32>,
    redrive_policy: Option<RawRedrive>,
    redrive_allow_policy: Option<Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRedrive {
    dead_letter_target_arn: String,
    max_receive_count: u32,
}

impl RawQueue {
    pub(super) fn into_queue(self, logical_id: &str) -> Queue {
        Queue {
            logical_id: logical_id.to_owned(),
            name: named(self.queue_name, logical_id),
            // What SQS takes when nobody says.
            visibility_timeout_secs: self.visibility_timeout.unwrap_or(30),
            retention_secs: self.message_retention_period.unwrap_or(345_600),
            wait_secs: self.receive_message_wait_time_seconds.unwrap_or(0),
            redrive: self.redrive_policy.map(|redrive| Redrive {
                target: logical_id_of(&redrive.dead_letter_target_arn),
                receives_max: redrive.max_receive_count,
            }),
            redrive_allow: self.redrive_allow_policy,
        }
    }
}
