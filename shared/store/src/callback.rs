//! Callback requests, in their order's collection.

use domain::callback::{CallbackRequest, CallbackResult, CallbackStatus, Settlement};
use domain::id::{OrderId, RequestId, UserId};
use domain::webhook::Sealed;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::{self, Key, WORK_SHARDS, last_part, scope_of};
use crate::schema::Table;
use crate::work::{self, Kind};

#[derive(Serialize, Deserialize)]
pub(crate) struct CallbackRow {
    #[serde(default)]
    pk: String,
    id: RequestId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    work_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    currency: String,
    url: Sealed,
    host: String,
    fingerprint: String,
    created: Timestamp,
    deadline: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementRow>,
    #[serde(default)]
    version: u64,
    /// The settled request is its own event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<RequestId>,
}

#[derive(Serialize, Deserialize)]
struct SettlementRow {
    status: CallbackStatus,
    result: CallbackResult,
    at: Timestamp,
}

impl Record for CallbackRequest {
    const TABLE: Table = Table::State;
    type Row = CallbackRow;

    fn key(&self) -> Key {
        Key::callback(self.scope, self.order_id, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn has_events(&self) -> bool {
        self.settlement.is_some()
    }

    fn row(&self) -> CallbackRow {
        let is_open = self.settlement.is_none();
        let shard = key::shard(self.id.uuid(), WORK_SHARDS);
        CallbackRow {
            pk: String::new(),
            id: self.id,
            work_pk: is_open.then(|| work::partition(Kind::Deadline, shard)),
            work_at: is_open.then(|| self.deadline.as_ms()),
            caller: self.caller,
            amount: self.amount_minor,
            currency: self.currency.clone(),
            url: self.url.clone(),
            host: self.host.clone(),
            fingerprint: self.fingerprint.clone(),
            created: self.created_at,
            deadline: self.deadline,
            settlement: self.settlement.as_ref().map(settlement_row),
            version: self.version,
            events: if is_open { Vec::new() } else { vec![self.id] },
        }
    }
}

fn settlement_row(settlement: &Settlement) -> SettlementRow {
    SettlementRow { status: settlement.status, result: settlement.result.clone(), at: settlement.at }
}

impl TryFrom<CallbackRow> for CallbackRequest {
    type Error = RowError;

    fn try_from(row: CallbackRow) -> std::result::Result<Self, RowError> {
        let scope = scope_of(&row.pk).ok_or(RowError::Attribute("pk"))?;
        let order_id = OrderId::parse(last_part(&row.pk)).map_err(|_| RowError::Attribute("pk"))?;
        Ok(Self {
            id: row.id,
            order_id,
            scope,
            caller: row.caller,
            amount_minor: row.amount,
            currency: row.currency,
            url: row.url,
            host: row.host,
            fingerprint: row.fingerprint,
            created_at: row.created,
            deadline: row.deadline,
            settlement: row.settlement.map(|s| Settlement { status: s.status, result: s.result, at: s.at }),
            version: row.version,
        })
    }
}

impl Store {
    /// A callback request (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn callback_fetch(
        &self,
        scope: Scope,
        order: OrderId,
        id: RequestId,
    ) -> Result<Option<CallbackRequest>> {
        let item = self.get(Table::State, &Key::callback(scope, order, id)).await?;
        item.map(|item| Ok(read::<CallbackRow>(item)?.try_into()?)).transpose()
    }
}
