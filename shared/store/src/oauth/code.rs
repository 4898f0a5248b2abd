//! Authorization codes, by client and hash: a code that another client presents is not even found.

use domain::id::FamilyId;
use domain::oauth::{Challenge, ClientRef, Code};
use domain::{Result, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ConsentRow, ttl};
use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct CodeRow {
    #[serde(flatten)]
    consent: ConsentRow,
    redirect: String,
    challenge: String,
    /// Decides expiry; DynamoDB's own `ttl`, in seconds, may be days late.
    until: Timestamp,
    ttl: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent_on: Option<FamilyId>,
    #[serde(default)]
    version: u64,
}

impl Record for Code {
    const TABLE: Table = Table::State;
    type Row = CodeRow;

    fn key(&self) -> Key {
        Key::authorization_code(self.consent.client, &self.hash)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> CodeRow {
        CodeRow {
            consent: ConsentRow::of(&self.consent),
            redirect: self.redirect.clone(),
            challenge: self.challenge.text(),
            until: self.expires_at,
            ttl: ttl(self.expires_at),
            spent_on: self.spent_on,
            version: self.version,
        }
    }
}

impl Store {
    /// The client's code of this hash (consistent), spent and expired ones included.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn code_fetch(&self, client: ClientRef, hash: &str) -> Result<Option<Code>> {
        let Some(item) = self.get(Table::State, &Key::authorization_code(client, hash)).await? else {
            return Ok(None);
        };
        let row: CodeRow = read(item)?;
        Ok(Some(Code {
            hash: hash.to_owned(),
            consent: row.consent.read(client.scope),
            challenge: Challenge::parse(&row.challenge).ok_or(RowError::Attribute("challenge"))?,
            redirect: row.redirect,
            expires_at: row.until,
            spent_on: row.spent_on,
            version: row.version,
        }))
    }
}
