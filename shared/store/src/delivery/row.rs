//! The whole row of a delivery.

use domain::Timestamp;
use domain::delivery::{Attempt, Delivery, DeliveryStatus, Due, Target};
use domain::event::EventType;
use domain::id::{EndpointId, OrderId, RequestId, UserId};
use domain::retry::Schedule;
use domain::webhook::Sealed;
use serde::{Deserialize, Serialize};

use super::body::{deflate, inflate};
use super::state::{StateRow, is_one, is_zero, one};
use crate::error::RowError;
use crate::item::Record;
use crate::key::{self, Key, scope_of};
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct DeliveryRow {
    #[serde(default)]
    pk: String,
    #[serde(default)]
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    target: TargetRow,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_type: Option<EventType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_version: Option<u64>,
    /// The exact bytes to send, deflated: most rows then fit one write unit.
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    schedule: Schedule,
    status: DeliveryStatus,
    attempt: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
    #[serde(default, skip_serializing_if = "is_zero")]
    heals: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leased: bool,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    chain_start: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restarted: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Timestamp>,
    created: Timestamp,
    ttl: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum TargetRow {
    Endpoint {
        owner: UserId,
    },
    Callback {
        order: OrderId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<UserId>,
        url: Sealed,
    },
}

impl Record for Delivery {
    const TABLE: Table = Table::Deliveries;
    type Row = DeliveryRow;

    fn key(&self) -> Key {
        Key::delivery(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> DeliveryRow {
        row(self, deflate(&self.body))
    }
}

/// The row of `delivery`, whose body was deflated before.
pub(super) fn row(delivery: &Delivery, deflated: Vec<u8>) -> DeliveryRow {
    let state = StateRow::of(delivery);
    DeliveryRow {
        pk: String::new(),
        sk: String::new(),
        due_pk: state.due_pk,
        due_at: state.due_at,
        heals: state.heals,
        leased: state.leased,
        target: target_row(&delivery.target),
        event_type: delivery.event_type,
        order_version: delivery.order_version,
        body: deflated,
        schedule: delivery.schedule.clone(),
        status: state.status,
        attempt: state.attempt,
        attempts: state.attempts.to_vec(),
        chain_start: state.chain_start,
        restarted: state.restarted,
        ended: state.ended,
        created: delivery.created_at,
        ttl: state.ttl,
    }
}

fn target_row(target: &Target) -> TargetRow {
    match target {
        Target::Endpoint { owner, .. } => TargetRow::Endpoint { owner: *owner },
        Target::Callback { order_id, caller, url, .. } => {
            TargetRow::Callback { order: *order_id, caller: *caller, url: url.clone() }
        }
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = RowError;

    fn try_from(row: DeliveryRow) -> std::result::Result<Self, RowError> {
        let id = key::delivery_id(&row.pk, &row.sk).ok_or(RowError::Attribute("pk"))?;
        let target = match row.target {
            TargetRow::Endpoint { owner } => Target::Endpoint { id: EndpointId::new(id.target()), owner },
            TargetRow::Callback { order, caller, url } => {
                Target::Callback { order_id: order, request_id: RequestId::new(id.target()), caller, url }
            }
        };
        Ok(Self {
            id,
            scope: scope_of(&row.pk).ok_or(RowError::Attribute("pk"))?,
            target,
            event_type: row.event_type,
            order_version: row.order_version,
            body: inflate(&row.body).ok_or(RowError::Attribute("body"))?,
            schedule: row.schedule,
            status: row.status,
            attempt: row.attempt,
            due: row
                .due_pk
                .zip(row.due_at)
                .map(|(partition, at)| Due { at: Timestamp::from_ms(at), is_sent: key::is_sent(&partition) }),
            heals: row.heals,
            is_leased: row.leased,
            attempts: row.attempts,
            chain_start: row.chain_start,
            restarted_at: row.restarted,
            ended_at: row.ended,
            created_at: row.created,
        })
    }
}

#[cfg(test)]
mod tests;
