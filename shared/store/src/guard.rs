//! A row that every new endpoint of a pool changes, so that of two that are made at once one is decided anew and the
//! cap on them is exact.

use domain::id::UserId;
use domain::{Result, Scope};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;

/// The guard of one pool's endpoints, or in the shared pool of one user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointGuard {
    scope: Scope,
    owner: UserId,
    version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct GuardRow {
    #[serde(default)]
    version: u64,
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
        GuardRow { version: self.version }
    }
}

impl EndpointGuard {
    /// The guard after one more endpoint.
    #[must_use]
    pub const fn passed(self) -> Self {
        Self { version: self.version + 1, ..self }
    }

    /// Whether it is written for the first time.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.version == 1
    }
}

impl Store {
    /// The guard as it is now (consistent); read it before the endpoints.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn endpoint_guard_fetch(&self, scope: Scope, owner: UserId) -> Result<EndpointGuard> {
        let item = self.get(Table::Deliveries, &Key::endpoint_guard(scope, owner)).await?;
        let version = item.map(read::<GuardRow>).transpose()?.map_or(0, |row| row.version);
        Ok(EndpointGuard { scope, owner, version })
    }
}
