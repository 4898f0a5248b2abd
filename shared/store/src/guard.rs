//! A row that every new endpoint of a pool changes, so that of two that are made at once one is decided anew and the
//! cap on them is exact; and that is closed when a user of the shared pool leaves, so that none is made behind them.

use domain::id::UserId;
use domain::time::DAY_MS;
use domain::webhook::Endpoint;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::Transaction;

/// How long a closed guard stays: far longer than any process believes in a user who is gone.
const CLOSED_MS: i64 = DAY_MS;

/// The guard of one pool's endpoints, or in the shared pool of one user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointGuard {
    scope: Scope,
    owner: UserId,
    version: u64,
    /// When the row goes, in seconds, once it is closed.
    ends_secs: Option<i64>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct GuardRow {
    #[serde(default)]
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

impl Record for EndpointGuard {
    const TABLE: Table = Table::Deliveries;
    type Row = GuardRow;

    fn key(&self) -> Key {
        Key::endpoint_guard(self.scope, self.owner)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> GuardRow {
        GuardRow { version: self.version, ttl: self.ends_secs }
    }
}

impl EndpointGuard {
    /// The guard after one more endpoint.
    #[must_use]
    pub const fn passed(self) -> Self {
        Self { version: self.version + 1, ..self }
    }

    /// The guard behind a user who is gone.
    const fn closed(self, now: Timestamp) -> Self {
        Self { ends_secs: Some(now.plus_ms(CLOSED_MS).as_secs()), ..self.passed() }
    }

    /// Whether its user is gone.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.ends_secs.is_some()
    }
}

impl Transaction<'_> {
    /// Lets one more endpoint through `guard`.
    pub fn pass(self, guard: &EndpointGuard) -> Self {
        self.begin("guard", guard)
    }

    /// Forgets `endpoints`, which must be all that there are, and lets no more through `guard`, read before them.
    pub fn close_endpoints(self, guard: EndpointGuard, endpoints: &[Endpoint], now: Timestamp) -> Self {
        let closed = self.begin("guard", &guard.closed(now));
        endpoints.iter().fold(closed, |legs, endpoint| legs.delete("endpoint", endpoint))
    }
}

impl Store {
    /// The guard as it is now (consistent); read it before the endpoints.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn endpoint_guard_fetch(&self, scope: Scope, owner: UserId) -> Result<EndpointGuard> {
        let item = self.get(Table::Deliveries, &Key::endpoint_guard(scope, owner)).await?;
        let row = item.map(read::<GuardRow>).transpose()?.unwrap_or_default();
        Ok(EndpointGuard { scope, owner, version: row.version, ends_secs: row.ttl })
    }
}
