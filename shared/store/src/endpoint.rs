//! Webhook endpoints: one small collection per tenant (in the shared pool per user), read whole.

use std::collections::BTreeMap;

use domain::id::{EndpointId, UserId};
use domain::retry::Schedule;
use domain::webhook::{Endpoint, EndpointSecret, EndpointStatus, Sealed, Subscription};
use domain::{Error, Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::failed;
use crate::item::{Record, key_item, read};
use crate::key::{self, Key};
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct EndpointRow {
    id: EndpointId,
    owner: UserId,
    url: Sealed,
    host: String,
    subscription: Subscription,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, Sealed>,
    status: EndpointStatus,
    secrets: Vec<EndpointSecret>,
    schedule: Schedule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    v1a: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_since: Option<Timestamp>,
    created: Timestamp,
    updated: Timestamp,
    #[serde(default)]
    version: u64,
}

impl Record for Endpoint {
    const TABLE: Table = Table::Deliveries;
    type Row = EndpointRow;

    fn key(&self) -> Key {
        endpoint_key(self.scope, self.owner, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> EndpointRow {
        EndpointRow {
            id: self.id,
            owner: self.owner,
            url: self.url.clone(),
            host: self.host.clone(),
            subscription: self.subscription.clone(),
            description: self.description.clone(),
            headers: self.headers.clone(),
            status: self.status,
            secrets: self.secrets.clone(),
            schedule: self.schedule.clone(),
            rate: self.rate,
            v1a: self.signs_v1a,
            failing_since: self.failing_since,
            created: self.created_at,
            updated: self.updated_at,
            version: self.version,
        }
    }
}

pub(crate) fn endpoint_key(scope: Scope, owner: UserId, id: EndpointId) -> Key {
    Key { pk: key::endpoints(scope, owner), sk: id.to_string() }
}

impl EndpointRow {
    pub(crate) fn read(self, scope: Scope) -> Endpoint {
        Endpoint {
            id: self.id,
            scope,
            owner: self.owner,
            url: self.url,
            host: self.host,
            subscription: self.subscription,
            description: self.description,
            headers: self.headers,
            status: self.status,
            secrets: self.secrets,
            schedule: self.schedule,
            rate: self.rate,
            signs_v1a: self.v1a,
            failing_since: self.failing_since,
            created_at: self.created,
            updated_at: self.updated,
            version: self.version,
        }
    }
}

/// Somebody's endpoints. One that this release cannot read, as after going back to an older one, takes nobody else's
/// along.
#[derive(Debug, Default)]
pub struct Endpoints {
    /// Those that can be read.
    pub readable: Vec<Endpoint>,
    /// What is wrong with each of the others.
    pub unreadable: Vec<Error>,
}

impl Endpoints {
    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.readable.len() + self.unreadable.len()
    }

    /// Every one.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when one cannot be read.
    pub fn all(self) -> Result<Vec<Endpoint>> {
        match self.unreadable.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(self.readable),
        }
    }
}

impl Store {
    /// Every endpoint that `owner` may hear of events with: the tenant's, or in the shared pool the user's own
    /// (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn endpoints_fetch(&self, scope: Scope, owner: UserId) -> Result<Endpoints> {
        let mut endpoints = Endpoints::default();
        for item in self.query_partition(Table::Deliveries, &key::endpoints(scope, owner)).await? {
            match read::<EndpointRow>(item) {
                Ok(row) => endpoints.readable.push(row.read(scope)),
                Err(error) => endpoints.unreadable.push(error),
            }
        }
        Ok(endpoints)
    }

    /// One endpoint (consistent); `owner` counts in the shared pool only.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn endpoint_fetch(
        &self,
        scope: Scope,
        owner: UserId,
        id: EndpointId,
    ) -> Result<Option<Endpoint>> {
        let item = self.get(Table::Deliveries, &endpoint_key(scope, owner, id)).await?;
        item.map(|item| Ok(read::<EndpointRow>(item)?.read(scope))).transpose()
    }

    /// Forgets an endpoint; answers whether it was there.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn endpoint_delete(&self, endpoint: &Endpoint) -> Result<bool> {
        let call = self
            .client
            .delete_item()
            .table_name(self.table(Table::Deliveries))
            .set_key(Some(key_item(&endpoint.key())))
            .condition_expression("attribute_exists(pk)")
            .set_return_consumed_capacity(self.capacity());
        match call.send().await {
            Ok(done) => {
                self.count("DeleteItem", true, done.consumed_capacity.as_slice());
                Ok(true)
            }
            Err(error)
                if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err::<bool, Error>(failed("delete endpoint", error)),
        }
    }
}
