//! Private tenants, and the invitations into them.

use domain::id::UserId;
use domain::invitation::Invitation;
use domain::tenant::{Registration, Tenant};
use domain::{Result, Scope, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct TenantRow {
    registration: Registration,
    claimed: bool,
    owners: u32,
    #[serde(default)]
    version: u64,
}

impl Record for Tenant {
    const TABLE: Table = Table::State;
    type Row = TenantRow;

    fn key(&self) -> Key {
        Key::tenant(Scope::Tenant(self.id))
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> TenantRow {
        TenantRow {
            registration: self.registration,
            claimed: self.is_claimed,
            owners: self.owners,
            version: self.version,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct InvitationRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<UserId>,
    /// Decides expiry; DynamoDB's own `ttl`, in seconds, may be days late.
    until: Timestamp,
    ttl: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_by: Option<UserId>,
    #[serde(default)]
    version: u64,
}

impl Record for Invitation {
    const TABLE: Table = Table::State;
    type Row = InvitationRow;

    fn key(&self) -> Key {
        Key::invitation(self.scope, &self.hash)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> InvitationRow {
        InvitationRow {
            by: self.created_by,
            until: self.expires_at,
            ttl: self.expires_at.as_secs(),
            used_by: self.used_by,
            version: self.version,
        }
    }
}

impl Store {
    /// The private tenant as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn tenant_fetch(&self, id: TenantId) -> Result<Option<Tenant>> {
        let item = self.get(Table::State, &Key::tenant(Scope::Tenant(id))).await?;
        let row = item.map(read::<TenantRow>).transpose()?;
        Ok(row.map(|row| Tenant {
            id,
            registration: row.registration,
            is_claimed: row.claimed,
            owners: row.owners,
            version: row.version,
        }))
    }

    /// Whether the private tenant exists.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn tenant_exists(&self, id: TenantId) -> Result<bool> {
        Ok(self.get(Table::State, &Key::tenant(Scope::Tenant(id))).await?.is_some())
    }

    /// The invitation whose code has this hash (consistent), used and expired ones included.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn invitation_fetch(&self, scope: Scope, hash: &str) -> Result<Option<Invitation>> {
        let item = self.get(Table::State, &Key::invitation(scope, hash)).await?;
        let row = item.map(read::<InvitationRow>).transpose()?;
        Ok(row.map(|row| Invitation {
            scope,
            hash: hash.to_owned(),
            created_by: row.by,
            expires_at: row.until,
            used_by: row.used_by,
            version: row.version,
        }))
    }
}
