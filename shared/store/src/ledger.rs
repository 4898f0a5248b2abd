//! The payment simulator's own books: one entry per idempotency key, written before it answers. Crash tests count
//! charges here.

use domain::{Result, Scope};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::Commit;

/// What the simulator did under one idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The pool, so that one tenant's keys never meet another's.
    pub scope: Scope,
    /// The idempotency key: the payment's or refund's id.
    pub operation: Uuid,
    /// `charge` or `decline`; `refund`, or `refusal` of one.
    pub kind: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
    /// Why a charge was declined; for a refund or its refusal, which payment's; otherwise empty.
    pub answer: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LedgerRow {
    kind: String,
    amount: i64,
    currency: String,
    answer: String,
}

impl Record for LedgerEntry {
    const TABLE: Table = Table::State;
    type Row = LedgerRow;

    fn key(&self) -> Key {
        Key::ledger(self.scope, self.operation)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> LedgerRow {
        LedgerRow {
            kind: self.kind.clone(),
            amount: self.amount_minor,
            currency: self.currency.clone(),
            answer: self.answer.clone(),
        }
    }
}

impl Store {
    /// What was done under this key (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn ledger_fetch(&self, scope: Scope, operation: Uuid) -> Result<Option<LedgerEntry>> {
        let Some(item) = self.get(Table::State, &Key::ledger(scope, operation)).await? else {
            return Ok(None);
        };
        let row: LedgerRow = read(item)?;
        let LedgerRow { kind, amount, currency, answer } = row;
        Ok(Some(LedgerEntry { scope, operation, kind, amount_minor: amount, currency, answer }))
    }

    /// Books `entry` unless its key is booked already.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn ledger_book(&self, entry: &LedgerEntry) -> Result<Commit> {
        self.transaction().create("ledger", entry).commit().await
    }
}
