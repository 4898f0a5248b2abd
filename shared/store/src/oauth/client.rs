//! Clients of OAuth, all of a pool in one partition: there are never many.

use domain::caller::Permissions;
use domain::id::{ClientId, UserId};
use domain::oauth::{Client, ClientRef, FIRST_PARTY, RedirectUri, Registrant};
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::{self, Key};
use crate::schema::Table;

#[derive(Serialize, Deserialize)]
pub(crate) struct ClientRow {
    #[serde(default)]
    sk: String,
    name: String,
    redirects: Vec<String>,
    scopes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_name: Option<String>,
    created: Timestamp,
}

impl Record for Client {
    const TABLE: Table = Table::State;
    type Row = ClientRow;

    fn key(&self) -> Key {
        Key::client(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> ClientRow {
        let by = self.registered_by.clone();
        ClientRow {
            sk: String::new(),
            name: self.name.clone(),
            redirects: self.redirects.iter().map(|redirect| redirect.as_str().to_owned()).collect(),
            scopes: self.permissions.to_string(),
            by: by.as_ref().map(|by| by.id),
            by_name: by.map(|by| by.username),
            created: self.created_at,
        }
    }
}

impl ClientRow {
    fn read(self, scope: Scope) -> std::result::Result<Client, RowError> {
        let redirects = self.redirects.iter().map(|text| RedirectUri::parse(text));
        Ok(Client {
            id: ClientId::parse(&self.sk).map_err(|_| RowError::Attribute("sk"))?,
            scope,
            name: self.name,
            redirects: redirects
                .collect::<std::result::Result<_, _>>()
                .map_err(|_| RowError::Attribute("redirects"))?,
            permissions: Permissions::parse(&self.scopes),
            registered_by: self.by.zip(self.by_name).map(|(id, username)| Registrant { id, username }),
            created_at: self.created,
        })
    }
}

impl Store {
    /// The client as it is now (consistent). The shared pool's own client needs no row: nobody there could remove it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn client_fetch(&self, client: ClientRef) -> Result<Option<Client>> {
        if client == (ClientRef { scope: Scope::Shared, id: FIRST_PARTY }) {
            return Ok(Some(shared()));
        }
        let item = self.get(Table::State, &Key::client(client.scope, client.id)).await?;
        item.map(|item| Ok(read::<ClientRow>(item)?.read(client.scope)?)).transpose()
    }

    /// Every client of a pool (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn clients_fetch(&self, scope: Scope) -> Result<Vec<Client>> {
        if scope == Scope::Shared {
            return Ok(vec![shared()]);
        }
        let items = self.query_partition(Table::State, &key::clients(scope)).await?;
        items.into_iter().map(|item| Ok(read::<ClientRow>(item)?.read(scope)?)).collect()
    }
}

/// The shared pool's only client: nobody there is an owner, who could register another.
fn shared() -> Client {
    Client::first_party(Scope::Shared, Timestamp::from_ms(0))
}
