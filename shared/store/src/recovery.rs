//! Recoveries: jobs that begin an endpoint's failed and kept deliveries again. A job is a row that the sweeper finds by
//! the `due` index, so that it survives whoever works on it.

use domain::id::{EndpointId, UserId};
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::due::DueRows;
use crate::error::{RowError, failed};
use crate::item::{Record, key_item, number, read};
use crate::key::{self, Key, scope_of};
use crate::schema::Table;

/// The job of one endpoint; there is one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The pool.
    pub scope: Scope,
    /// Whose deliveries.
    pub endpoint: EndpointId,
    /// Who made the endpoint; in the shared pool part of its key.
    pub owner: UserId,
    /// Deliveries that were made, or came to rest, since then.
    pub since: Timestamp,
    /// When it was asked for; later deliveries are not meant.
    pub asked_at: Timestamp,
    /// The last event that was looked at, going back in time.
    pub position: Option<Uuid>,
    /// When the sweeper goes on with it, or finds that whoever did has died.
    pub due: Timestamp,
    /// Counts every change from 1.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RecoveryRow {
    #[serde(default)]
    pk: String,
    due_pk: String,
    due_at: i64,
    owner: UserId,
    since: Timestamp,
    asked: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<Uuid>,
    #[serde(default)]
    version: u64,
}

impl Record for Recovery {
    const TABLE: Table = Table::Deliveries;
    type Row = RecoveryRow;

    fn key(&self) -> Key {
        Key::recovery(self.scope, self.endpoint)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> RecoveryRow {
        RecoveryRow {
            pk: String::new(),
            due_pk: key::RECOVERIES.to_owned(),
            due_at: self.due.as_ms(),
            owner: self.owner,
            since: self.since,
            asked: self.asked_at,
            position: self.position,
            version: self.version,
        }
    }
}

impl RecoveryRow {
    fn read(self) -> std::result::Result<Recovery, RowError> {
        const PK: RowError = RowError::Attribute("pk");
        Ok(Recovery {
            scope: scope_of(&self.pk).ok_or(PK)?,
            endpoint: EndpointId::parse(key::last_part(&self.pk)).map_err(|_| PK)?,
            owner: self.owner,
            since: self.since,
            asked_at: self.asked,
            position: self.position,
            due: Timestamp::from_ms(self.due_at),
            version: self.version,
        })
    }
}

impl Store {
    /// At most `limit` recoveries due by `by`, read anew.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn recoveries_due(&self, by: Timestamp, limit: i32) -> Result<DueRows<Recovery>> {
        let items = self.due_items(key::RECOVERIES.to_owned(), by, limit).await?;
        Ok(DueRows::read(items, |item| Ok(read::<RecoveryRow>(item)?.read()?)))
    }

    /// Ends `recovery`, unless somebody else went on with it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn recovery_end(&self, recovery: &Recovery) -> Result<()> {
        let call = self
            .client
            .delete_item()
            .table_name(self.table(Table::Deliveries))
            .set_key(Some(key_item(&recovery.key())))
            .condition_expression("version = :version")
            .expression_attribute_values(":version", number(recovery.version))
            .set_return_consumed_capacity(self.capacity());
        match call.send().await {
            Ok(done) => self.count("DeleteItem", true, done.consumed_capacity.as_slice()),
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {}
            Err(error) => return Err(failed("end recovery", error)),
        }
        Ok(())
    }
}
