//! What changes in a delivery's life.

use domain::Timestamp;
use domain::delivery::{Attempt, DAYS_KEPT, Delivery, DeliveryStatus};
use domain::time::DAY_MS;
use serde::Serialize;

use crate::key::{self, WORK_SHARDS};

/// How long it is kept after it was last due, or ended.
const KEPT_AFTER_MS: i64 = 7 * DAY_MS;

/// What is written anew each time; the rest is written once.
#[derive(Serialize)]
pub(super) struct StateRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) due_at: Option<i64>,
    pub(super) status: DeliveryStatus,
    pub(super) attempt: u32,
    #[serde(skip_serializing_if = "<[Attempt]>::is_empty")]
    pub(super) attempts: &'a [Attempt],
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) heals: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) leased: bool,
    #[serde(skip_serializing_if = "is_one")]
    pub(super) chain_start: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restarted: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Timestamp>,
    pub(super) ttl: i64,
}

/// The attributes of [`StateRow`].
pub(super) const STATE: &[&str] = &[
    "due_pk",
    "due_at",
    "status",
    "attempt",
    "attempts",
    "heals",
    "leased",
    "chain_start",
    "restarted",
    "ended",
    "ttl",
];

impl<'a> StateRow<'a> {
    pub(super) fn of(delivery: &'a Delivery) -> Self {
        let last = delivery.due.map(|due| due.at).or(delivery.ended_at).unwrap_or(delivery.created_at);
        let ttl = delivery.created_at.plus_ms(DAYS_KEPT * DAY_MS).max(last.plus_ms(KEPT_AFTER_MS));
        let shard = key::shard(delivery.id.event(), WORK_SHARDS);
        Self {
            due_pk: delivery.due.map(|due| key::due(due.is_sent, shard)),
            due_at: delivery.due.map(|due| due.at.as_ms()),
            status: delivery.status,
            attempt: delivery.attempt,
            attempts: &delivery.attempts,
            heals: delivery.heals,
            leased: delivery.is_leased,
            chain_start: delivery.chain_start,
            restarted: delivery.restarted_at,
            ended: delivery.ended_at,
            ttl: ttl.as_secs(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) const fn is_zero(count: &u32) -> bool {
    *count == 0
}

pub(super) const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) const fn is_one(count: &u32) -> bool {
    *count == 1
}
