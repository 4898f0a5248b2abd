//! What a batch of messages is about, in as few calls as it takes.

use std::collections::{HashMap, HashSet};

use domain::delivery::{Delivery, DeliveryId};
use domain::id::{EndpointId, UserId};
use domain::webhook::Endpoint;
use domain::{Result, Scope};
use uuid::Uuid;

use crate::Store;
use crate::delivery::delivery_of;
use crate::endpoint::{EndpointRow, endpoint_key};
use crate::item::{Item, read};
use crate::key::Key;
use crate::schema::Table;

/// What an endpoint is found by; the owner counts in the shared pool only.
pub type EndpointKey = (Scope, UserId, EndpointId);

/// Rows by id; those that are not there are left out, and one that nobody can read is its own error.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Deliveries.
    pub deliveries: HashMap<(Scope, DeliveryId), Result<Delivery>>,
    /// Endpoints.
    pub endpoints: HashMap<EndpointId, Result<Endpoint>>,
}

/// Whose row a key is.
#[derive(Clone, Copy)]
enum Row {
    Delivery(Scope, DeliveryId),
    Endpoint(Scope, EndpointId),
}

impl Store {
    /// These deliveries as they are now (consistent), and with them those of their endpoints whose keys do not ask for
    /// an owner.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn deliveries_fetch(
        &self,
        ids: impl IntoIterator<Item = (Scope, DeliveryId)>,
    ) -> Result<Fetched> {
        let mut rows = HashMap::new();
        for (scope, id) in ids {
            rows.insert(Key::delivery(scope, id), Row::Delivery(scope, id));
            if let (Scope::Tenant(_), Some(endpoint)) = (scope, id.endpoint()) {
                let key = endpoint_key(scope, UserId::new(Uuid::nil()), endpoint);
                rows.insert(key, Row::Endpoint(scope, endpoint));
            }
        }
        self.rows_fetch(rows).await
    }

    /// These endpoints as they are now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn endpoints_fetch_each(&self, ids: HashSet<EndpointKey>) -> Result<Fetched> {
        let row = |(scope, owner, id)| (endpoint_key(scope, owner, id), Row::Endpoint(scope, id));
        self.rows_fetch(ids.into_iter().map(row).collect()).await
    }

    async fn rows_fetch(&self, rows: HashMap<Key, Row>) -> Result<Fetched> {
        let found = self.batch_get_consistent(Table::Deliveries, rows.keys().cloned().collect()).await?;
        let mut fetched = Fetched::default();
        for (key, item) in found {
            match rows.get(&key) {
                Some(Row::Delivery(scope, id)) => {
                    fetched.deliveries.insert((*scope, *id), delivery_of(item));
                }
                Some(Row::Endpoint(scope, id)) => {
                    fetched.endpoints.insert(*id, endpoint_of(item, *scope));
                }
                None => {}
            }
        }
        Ok(fetched)
    }
}

fn endpoint_of(item: Item, scope: Scope) -> Result<Endpoint> {
    Ok(read::<EndpointRow>(item)?.read(scope))
}
