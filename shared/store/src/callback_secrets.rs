//! Which secrets sign a user's callbacks: a row only where somebody asked for a new one. It lies with the deliveries, since
//! whoever signs may not read users.

use std::collections::HashMap;

use domain::callback::CallbackSecrets;
use domain::id::UserId;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::item::{Item, Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::{Store, Transaction};

#[derive(Serialize, Deserialize)]
pub(crate) struct CallbackSecretsRow {
    newest: u32,
    replaced: Vec<Timestamp>,
    #[serde(default)]
    version: u64,
}

impl Record for CallbackSecrets {
    const TABLE: Table = Table::Deliveries;
    type Row = CallbackSecretsRow;

    fn key(&self) -> Key {
        Key::callback_secrets(self.scope, self.user)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> CallbackSecretsRow {
        CallbackSecretsRow { newest: self.newest, replaced: self.replaced.clone(), version: self.version }
    }
}

fn secrets_of(item: Item, scope: Scope, user: UserId) -> Result<CallbackSecrets> {
    let CallbackSecretsRow { newest, replaced, version } = read(item)?;
    Ok(CallbackSecrets { scope, user, newest, replaced, version })
}

impl Transaction<'_> {
    /// Replaces the version before of which secrets sign a user's callbacks.
    pub fn callback_secrets(self, secrets: &CallbackSecrets) -> Self {
        self.begin("callback secrets", secrets)
    }
}

impl Store {
    /// Which secrets sign a user's callbacks (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn callback_secrets_fetch(&self, scope: Scope, user: UserId) -> Result<CallbackSecrets> {
        match self.get(Table::Deliveries, &Key::callback_secrets(scope, user)).await? {
            Some(item) => secrets_of(item, scope, user),
            None => Ok(CallbackSecrets::first(scope, user)),
        }
    }

    /// The same of several users, each once; who never asked for a new secret is left out, and a row that nobody can read
    /// is its own error.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn callback_secrets_fetch_each(
        &self,
        users: &[(Scope, UserId)],
    ) -> Result<HashMap<(Scope, UserId), Result<CallbackSecrets>>> {
        let keys = users.iter().map(|(scope, user)| Key::callback_secrets(*scope, *user)).collect();
        let mut found = self.batch_get_consistent(Table::Deliveries, keys).await?;
        let read = |&(scope, user): &(Scope, UserId)| {
            let item = found.remove(&Key::callback_secrets(scope, user))?;
            Some(((scope, user), secrets_of(item, scope, user)))
        };
        Ok(users.iter().filter_map(read).collect())
    }
}
