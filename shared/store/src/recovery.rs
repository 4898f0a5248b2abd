//! Recoveries: jobs that begin an endpoint's failed and kept deliveries again. A job is a row that the sweeper finds by
//! the `due` index, so that it survives whoever works on it.

use domain::id::{EndpointId, UserId};
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::error::failed;
use crate::item::{Record, key_item, number, read, string};
use crate::key::{self, Key, scope_of};
use crate::read::key_of;
use crate::schema::{DUE, Table};

/// The job of one endpoint; there is one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The pool.
    pub scope: Scope,
    /// Whose deliveries.
    pub endpoint: EndpointId,
    /// Who made the endpoint; in the shared pool part of its key.
    pub owner: UserId,
    /// Deliveries made since then.
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
    fn read(self) -> Option<Recovery> {
        Some(Recovery {
            scope: scope_of(&self.pk)?,
            endpoint: EndpointId::parse(key::last_part(&self.pk)).ok()?,
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
    pub async fn recoveries_due(&self, by: Timestamp, limit: i32) -> Result<Vec<Recovery>> {
        let call = self
            .client
            .query()
            .table_name(self.table(Table::Deliveries))
            .index_name(DUE.name)
            .key_condition_expression("due_pk = :partition AND due_at <= :by")
            .expression_attribute_values(":partition", string(key::RECOVERIES))
            .expression_attribute_values(":by", number(by.as_ms()))
            .limit(limit)
            .set_return_consumed_capacity(self.capacity());
        let page = call.send().await.map_err(|error| failed("due recoveries", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        let keys: Vec<_> = page.items().iter().filter_map(key_of).collect();
        let rows = self.batch_get(Table::Deliveries, &keys).await?.into_iter().map(read::<RecoveryRow>);
        Ok(rows.collect::<Result<Vec<_>>>()?.into_iter().filter_map(RecoveryRow::read).collect())
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
