//! Poison: stream records that nobody can read. They are kept for a person and taken out of the way, for a record
//! that fails for ever would hold up its shard for a day and then be lost.

use domain::time::DAY_MS;
use domain::{Result, Scope, Timestamp};
use platform::metrics;
use serde::Serialize;

use crate::Store;
use crate::item::Record;
use crate::key::Key;
use crate::schema::Table;

/// How long poison is kept.
const KEPT_MS: i64 = 30 * DAY_MS;

struct Poison<'a> {
    scope: Scope,
    sequence: &'a str,
    record: &'a str,
    reason: &'a str,
    at: Timestamp,
}

#[derive(Serialize)]
struct PoisonRow {
    record: String,
    reason: String,
    ttl: i64,
}

impl Record for Poison<'_> {
    const TABLE: Table = Table::Deliveries;
    type Row = PoisonRow;

    fn key(&self) -> Key {
        Key::quarantine(self.scope, self.at, self.sequence)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> PoisonRow {
        PoisonRow {
            record: self.record.to_owned(),
            reason: self.reason.to_owned(),
            ttl: self.at.plus_ms(KEPT_MS).as_secs(),
        }
    }
}

impl Store {
    /// Keeps a record that cannot be processed for a person, with the reason, and tells of it: it is poison.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn quarantine(
        &self,
        scope: Scope,
        sequence: &str,
        record: &str,
        reason: &str,
        at: Timestamp,
    ) -> Result<()> {
        metrics::count("PoisonRecord", 1);
        tracing::error!(record.sequence = sequence, reason, "a record is put aside");
        self.overwrite(&Poison { scope, sequence, record, reason, at }).await
    }
}
