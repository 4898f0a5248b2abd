//! Families of refresh tokens, and what a request needs to know of one.

use domain::id::FamilyId;
use domain::oauth::Family;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ConsentRow, ttl};
use crate::Store;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::{Commit, until_committed};

#[derive(Serialize, Deserialize)]
pub(crate) struct FamilyRow {
    #[serde(flatten)]
    consent: ConsentRow,
    generation: u32,
    token: Uuid,
    created: Timestamp,
    /// Decides expiry; DynamoDB's own `ttl`, in seconds, may be days late.
    until: Timestamp,
    ttl: i64,
    revoked: bool,
    #[serde(default)]
    version: u64,
}

impl Record for Family {
    const TABLE: Table = Table::State;
    type Row = FamilyRow;

    fn key(&self) -> Key {
        Key::family(self.consent.client.scope, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> FamilyRow {
        FamilyRow {
            consent: ConsentRow::of(&self.consent),
            generation: self.generation,
            token: self.token,
            created: self.created_at,
            until: self.expires_at,
            ttl: ttl(self.expires_at),
            revoked: self.is_revoked,
            version: self.version,
        }
    }
}

impl Store {
    /// The family as it is now (consistent), revoked and expired ones included.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn family_fetch(&self, scope: Scope, id: FamilyId) -> Result<Option<Family>> {
        let Some(item) = self.get(Table::State, &Key::family(scope, id)).await? else { return Ok(None) };
        let row: FamilyRow = read(item)?;
        Ok(Some(Family {
            id,
            consent: row.consent.read(scope),
            generation: row.generation,
            token: row.token,
            created_at: row.created,
            expires_at: row.until,
            is_revoked: row.revoked,
            version: row.version,
        }))
    }

    /// Whether access tokens of the family are still good: it is neither gone nor revoked (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn family_is_live(&self, scope: Scope, id: FamilyId) -> Result<bool> {
        Ok(self.family_fetch(scope, id).await?.is_some_and(|family| !family.is_revoked))
    }

    /// Voids every token of the family, whoever changes it meanwhile. One that is gone or void stays so.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn family_revoke(&self, scope: Scope, id: FamilyId) -> Result<()> {
        until_committed(async || {
            let Some(revoked) = self.family_fetch(scope, id).await?.and_then(Family::revoke) else {
                return Ok(Some(()));
            };
            let commit = self.transaction().replace("family", &revoked).commit().await?;
            Ok((commit == Commit::Done).then_some(()))
        })
        .await
    }
}
