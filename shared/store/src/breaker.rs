//! Breakers: one small row for a lane whose receiver fails, written when its state changes.

use domain::breaker::{Breaker, Phase};
use domain::time::DAY_MS;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::Commit;

/// How long the row of a lane that nothing happens in is kept.
const KEPT_MS: i64 = DAY_MS;

struct Lane<'a> {
    scope: Scope,
    lane: &'a str,
    breaker: &'a Breaker,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct BreakerRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ramping_since: Option<Timestamp>,
    /// Whether it is open for a probe that is under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_probing: bool,
    level: u32,
    #[serde(default)]
    version: u64,
    ttl: i64,
}

impl Record for Lane<'_> {
    const TABLE: Table = Table::Deliveries;
    type Row = BreakerRow;

    fn key(&self) -> Key {
        Key::breaker(self.scope, self.lane)
    }

    fn version(&self) -> u64 {
        self.breaker.version
    }

    fn row(&self) -> BreakerRow {
        let (open_until, ramping_since) = match self.breaker.phase {
            Phase::Open { until } | Phase::Probing { until } => (Some(until), None),
            Phase::Ramping { since } => (None, Some(since)),
        };
        let last = open_until.or(ramping_since).unwrap_or(Timestamp::from_ms(0));
        BreakerRow {
            open_until,
            ramping_since,
            is_probing: matches!(self.breaker.phase, Phase::Probing { .. }),
            level: self.breaker.level,
            version: self.breaker.version,
            ttl: last.plus_ms(KEPT_MS).as_secs(),
        }
    }
}

impl BreakerRow {
    fn read(self) -> Option<Breaker> {
        let phase = match (self.open_until, self.ramping_since) {
            (Some(until), _) if self.is_probing => Phase::Probing { until },
            (Some(until), _) => Phase::Open { until },
            (None, Some(since)) => Phase::Ramping { since },
            (None, None) => return None,
        };
        Some(Breaker { phase, level: self.level, version: self.version })
    }
}

impl Store {
    /// The breaker of a lane, as it was a moment ago; `None` when it never opened.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn breaker_fetch(&self, scope: Scope, lane: &str) -> Result<Option<Breaker>> {
        let item = self.get_eventually(Table::Deliveries, &Key::breaker(scope, lane)).await?;
        Ok(item.map(read::<BreakerRow>).transpose()?.and_then(BreakerRow::read))
    }

    /// Writes what follows the version before it; of several environments one does.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn breaker_write(&self, scope: Scope, lane: &str, breaker: &Breaker) -> Result<Commit> {
        self.transaction().begin("breaker", &Lane { scope, lane, breaker }).commit().await
    }
}
