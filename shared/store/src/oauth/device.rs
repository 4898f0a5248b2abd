//! Devices that wait, and the codes that people type for them.

use domain::caller::Permissions;
use domain::id::{ClientId, DeviceId, FamilyId, UserId};
use domain::oauth::{ClientRef, Device, DeviceState, FamilyRef};
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ConsentRow, ttl};
use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::transaction::Transaction;

/// The name of the leg that a user code in use refuses.
pub const USER_CODE_LEG: &str = "user code";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Pending,
    Approved,
    Denied,
    Spent,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DeviceRow {
    client: ClientId,
    scopes: String,
    state: State,
    /// Of one that is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentRow>,
    /// Of one that has its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent_on: Option<FamilyId>,
    /// The user of `spent_on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent_by: Option<UserId>,
    interval: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polled: Option<Timestamp>,
    /// Decides expiry; DynamoDB's own `ttl`, in seconds, may be days late.
    until: Timestamp,
    ttl: i64,
    #[serde(default)]
    version: u64,
}

impl Record for Device {
    const TABLE: Table = Table::State;
    type Row = DeviceRow;

    fn key(&self) -> Key {
        Key::device(self.client.scope, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> DeviceRow {
        let (state, consent, spent_on) = match &self.state {
            DeviceState::Pending => (State::Pending, None, None),
            DeviceState::Approved(consent) => (State::Approved, Some(ConsentRow::of(consent)), None),
            DeviceState::Denied => (State::Denied, None, None),
            DeviceState::Spent(family) => (State::Spent, None, Some(family)),
        };
        DeviceRow {
            client: self.client.id,
            scopes: self.permissions.to_string(),
            state,
            consent,
            spent_on: spent_on.map(|family| family.id),
            spent_by: spent_on.map(|family| family.user),
            interval: self.interval_secs,
            polled: self.polled_at,
            until: self.expires_at,
            ttl: ttl(self.expires_at),
            version: self.version,
        }
    }
}

impl DeviceRow {
    fn read(self, scope: Scope, id: DeviceId) -> std::result::Result<Device, RowError> {
        let family = self.spent_on.zip(self.spent_by).map(|(id, user)| FamilyRef { scope, user, id });
        let state = match (self.state, self.consent, family) {
            (State::Pending, ..) => DeviceState::Pending,
            (State::Approved, Some(consent), _) => DeviceState::Approved(consent.read(scope)),
            (State::Denied, ..) => DeviceState::Denied,
            (State::Spent, _, Some(family)) => DeviceState::Spent(family),
            _ => return Err(RowError::Attribute("state")),
        };
        Ok(Device {
            id,
            client: ClientRef { scope, id: self.client },
            permissions: Permissions::parse(&self.scopes),
            state,
            interval_secs: self.interval,
            polled_at: self.polled,
            expires_at: self.until,
            version: self.version,
        })
    }
}

/// Which device a user code means.
struct Typed<'a> {
    hash: &'a str,
    device: &'a Device,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TypedRow {
    scope: String,
    device: DeviceId,
    /// Decides when the code is free again, in seconds.
    expires: i64,
    ttl: i64,
}

impl Record for Typed<'_> {
    const TABLE: Table = Table::State;
    type Row = TypedRow;

    fn key(&self) -> Key {
        Key::user_code(self.hash)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> TypedRow {
        TypedRow {
            scope: self.device.client.scope.to_string(),
            device: self.device.id,
            expires: self.device.expires_at.as_secs(),
            ttl: ttl(self.device.expires_at),
        }
    }
}

impl Transaction<'_> {
    /// Creates a device that is found by the user code of this keyed hash, which no other device may have now.
    pub fn create_device(self, device: &Device, hash: &str, now: Timestamp) -> Self {
        let typed = Typed { hash, device };
        self.create("device", device).create_or_renew(USER_CODE_LEG, &typed, now.as_secs())
    }
}

impl Store {
    /// The device as it is now (consistent), whatever became of it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn device_fetch(&self, scope: Scope, id: DeviceId) -> Result<Option<Device>> {
        let item = self.get(Table::State, &Key::device(scope, id)).await?;
        item.map(|item| Ok(read::<DeviceRow>(item)?.read(scope, id)?)).transpose()
    }

    /// The device that the user code of this keyed hash means (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn device_typed(&self, hash: &str) -> Result<Option<Device>> {
        let Some(item) = self.get(Table::State, &Key::user_code(hash)).await? else { return Ok(None) };
        let row: TypedRow = read(item)?;
        let scope = Scope::parse(&row.scope).ok_or(RowError::Attribute("scope"))?;
        self.device_fetch(scope, row.device).await
    }
}
