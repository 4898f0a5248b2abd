//! What a token's subject may do now: its roles. Profiles and passwords join them with the users function.

use domain::caller::Permissions;
use domain::id::UserId;
use domain::{Result, Scope, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::Commit;

/// A user's roles, read at every request and cached for at most a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAccess {
    /// The pool.
    pub scope: Scope,
    /// The user.
    pub id: UserId,
    /// What the user may do at most; a token can only narrow it.
    pub permissions: Permissions,
    /// Whether the user works for the tenant.
    pub staff: bool,
    /// Older tokens are void.
    pub tokens_valid_from: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UserRow {
    scopes: String,
    staff: bool,
    tokens_from: Timestamp,
    #[serde(default)]
    version: u64,
}

impl Record for UserAccess {
    const TABLE: Table = Table::State;
    type Row = UserRow;

    fn key(&self) -> Key {
        Key::user(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> UserRow {
        UserRow {
            scopes: self.permissions.to_string(),
            staff: self.staff,
            tokens_from: self.tokens_valid_from,
            version: self.version,
        }
    }
}

/// The mark of a private tenant that exists.
struct Tenant(Scope);

#[derive(Serialize)]
struct TenantRow {}

impl Record for Tenant {
    const TABLE: Table = Table::State;
    type Row = TenantRow;

    fn key(&self) -> Key {
        Key::tenant(self.0)
    }

    fn version(&self) -> u64 {
        1
    }

    fn row(&self) -> TenantRow {
        TenantRow {}
    }
}

impl Store {
    /// The user's roles (eventually consistent: they are cached anyway).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn user_access_fetch(&self, scope: Scope, id: UserId) -> Result<Option<UserAccess>> {
        let item = self.get_eventually(Table::State, &Key::user(scope, id)).await?;
        let Some(item) = item else { return Ok(None) };
        let row: UserRow = read(item)?;
        Ok(Some(UserAccess {
            scope,
            id,
            permissions: Permissions::parse(&row.scopes),
            staff: row.staff,
            tokens_valid_from: row.tokens_from,
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

    /// Creates the private tenant if it does not exist.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn tenant_create(&self, id: TenantId) -> Result<Commit> {
        self.transaction().create("tenant", &Tenant(Scope::Tenant(id))).commit().await
    }
}
