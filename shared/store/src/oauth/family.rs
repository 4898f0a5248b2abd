//! Families of refresh tokens, all of a user in one partition, and what a request needs to know of one.

use domain::id::{FamilyId, UserId};
use domain::oauth::{Family, FamilyRef};
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ConsentRow, ttl};
use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::{self, Key};
use crate::schema::Table;
use crate::transaction::{Commit, until_committed};

#[derive(Serialize, Deserialize)]
pub(crate) struct FamilyRow {
    #[serde(default)]
    sk: String,
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
        Key::family(self.reference())
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> FamilyRow {
        FamilyRow {
            sk: String::new(),
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

impl FamilyRow {
    fn read(self, scope: Scope) -> std::result::Result<Family, RowError> {
        Ok(Family {
            id: FamilyId::parse(&self.sk).map_err(|_| RowError::Attribute("sk"))?,
            consent: self.consent.read(scope),
            generation: self.generation,
            token: self.token,
            created_at: self.created,
            expires_at: self.until,
            is_revoked: self.revoked,
            version: self.version,
        })
    }
}

impl Store {
    /// The family as it is now (consistent), revoked and expired ones included.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn family_fetch(&self, family: FamilyRef) -> Result<Option<Family>> {
        let item = self.get(Table::State, &Key::family(family)).await?;
        item.map(|item| Ok(read::<FamilyRow>(item)?.read(family.scope)?)).transpose()
    }

    /// Every family of a user (consistent), the oldest first, revoked and expired ones included.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn families_fetch(&self, scope: Scope, user: UserId) -> Result<Vec<Family>> {
        let items = self.query_partition(Table::State, &key::families(scope, user)).await?;
        items.into_iter().map(|item| Ok(read::<FamilyRow>(item)?.read(scope)?)).collect()
    }

    /// Whether access tokens of the family are still good: it is neither gone nor revoked (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn family_is_live(&self, family: FamilyRef) -> Result<bool> {
        Ok(self.family_fetch(family).await?.is_some_and(|family| !family.is_revoked))
    }

    /// Voids every token of the family, whoever changes it meanwhile. One that is gone or void stays so.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn family_revoke(&self, family: FamilyRef) -> Result<()> {
        until_committed(async || {
            let Some(revoked) = self.family_fetch(family).await?.and_then(Family::revoke) else {
                return Ok(Some(()));
            };
            let commit = self.transaction().replace("family", &revoked).commit().await?;
            Ok((commit == Commit::Done).then_some(()))
        })
        .await
    }
}
