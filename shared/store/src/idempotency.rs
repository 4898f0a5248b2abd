//! Idempotency records: what a key was used for, kept 24 hours.

use domain::time::DAY_MS;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::Transaction;

/// An answer that is given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Location`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The resource's version, for its `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The JSON body, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What a key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Keyed hash of caller, operation and key.
    pub id: String,
    /// Keyed hash of the payload.
    pub fingerprint: String,
    /// What was answered.
    pub answer: StoredAnswer,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct IdempotencyRow {
    fingerprint: String,
    answer: StoredAnswer,
    /// Decides expiry, in seconds; DynamoDB's own `ttl` may be days late.
    expires: i64,
    ttl: i64,
}

struct Stored<'a> {
    scope: Scope,
    record: &'a IdempotencyRecord,
    expires_secs: i64,
}

impl Record for Stored<'_> {
    const TABLE: Table = Table::State;
    type Row = IdempotencyRow;

    fn key(&self) -> Key {
        Key::idempotency(self.scope, &self.record.id)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> IdempotencyRow {
        IdempotencyRow {
            fingerprint: self.record.fingerprint.clone(),
            answer: self.record.answer.clone(),
            expires: self.expires_secs,
            ttl: self.expires_secs,
        }
    }
}

/// The name of the idempotency leg in a refusal.
pub const LEG: &str = "idempotency";

impl Transaction<'_> {
    /// Records what a key is used for, if a key was sent and nobody used it in the last 24 hours.
    pub fn idempotency(self, scope: Scope, record: Option<&IdempotencyRecord>, now: Timestamp) -> Self {
        let Some(record) = record else { return self };
        let stored = Stored { scope, record, expires_secs: now.plus_ms(DAY_MS).as_secs() };
        self.create_or_renew(LEG, &stored, now.as_secs())
    }
}

impl Store {
    /// What the key was used for in the last 24 hours (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn idempotency_fetch(
        &self,
        scope: Scope,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<IdempotencyRecord>> {
        let Some(item) = self.get(Table::State, &Key::idempotency(scope, id)).await? else { return Ok(None) };
        let row: IdempotencyRow = read(item)?;
        let is_live = row.expires >= now.as_secs();
        let record =
            IdempotencyRecord { id: id.to_owned(), fingerprint: row.fingerprint, answer: row.answer };
        Ok(is_live.then_some(record))
    }
}
