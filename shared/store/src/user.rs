//! Users, and the names that are theirs alone: each name is an item of its own, written in its user's transaction, so
//! that two users cannot take one at once.

use domain::caller::Permissions;
use domain::id::UserId;
use domain::user::{Account, Email, PasswordHash, Preferences, Profile, Roles, Username};
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::error::RowError;
use crate::item::{Record, read};
use crate::key::{Key, last_part, scope_of};
use crate::schema::Table;
use crate::transaction::Transaction;

/// The name of the leg that a taken username refuses.
pub const USERNAME_LEG: &str = "username";
/// The name of the leg that a taken e-mail address refuses.
pub const EMAIL_LEG: &str = "email";

/// A user's roles, looked at in every request and cached for at most a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserAccess {
    /// The pool.
    pub scope: Scope,
    /// The user.
    pub id: UserId,
    /// What the user may do at most; a token can only narrow it.
    pub permissions: Permissions,
    /// Whether the user works for the tenant.
    pub staff: bool,
    /// Older tokens are void.
    pub tokens_valid_from: Timestamp,
}

impl From<&Account> for UserAccess {
    fn from(account: &Account) -> Self {
        Self {
            scope: account.scope,
            id: account.id,
            permissions: account.roles.permissions,
            staff: account.roles.staff,
            tokens_valid_from: account.tokens_valid_from,
        }
    }
}

/// What a request needs of the row.
#[derive(Deserialize)]
struct AccessRow {
    scopes: String,
    staff: bool,
    tokens_from: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UserRow {
    #[serde(default)]
    pk: String,
    username: Username,
    email: Email,
    first_name: String,
    last_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preferences: Option<Preferences>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<PasswordHash>,
    scopes: String,
    staff: bool,
    owner: bool,
    tokens_from: Timestamp,
    created: Timestamp,
    updated: Timestamp,
    #[serde(default)]
    version: u64,
}

impl Record for Account {
    const TABLE: Table = Table::State;
    type Row = UserRow;

    fn key(&self) -> Key {
        Key::user(self.scope, self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> UserRow {
        let profile = self.profile.clone();
        UserRow {
            pk: String::new(),
            username: profile.username,
            email: profile.email,
            first_name: profile.first_name,
            last_name: profile.last_name,
            phone: profile.phone,
            preferences: profile.preferences,
            password: self.password.clone(),
            scopes: self.roles.permissions.to_string(),
            staff: self.roles.staff,
            owner: self.roles.owner,
            tokens_from: self.tokens_valid_from,
            created: self.created_at,
            updated: self.updated_at,
            version: self.version,
        }
    }
}

impl TryFrom<UserRow> for Account {
    type Error = RowError;

    fn try_from(row: UserRow) -> std::result::Result<Self, RowError> {
        let profile = Profile {
            username: row.username,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            phone: row.phone,
            preferences: row.preferences,
        };
        let permissions = Permissions::parse(&row.scopes);
        Ok(Self {
            id: UserId::parse(last_part(&row.pk)).map_err(|_| RowError::Attribute("pk"))?,
            scope: scope_of(&row.pk).ok_or(RowError::Attribute("pk"))?,
            profile,
            password: row.password,
            roles: Roles { permissions, staff: row.staff, owner: row.owner },
            tokens_valid_from: row.tokens_from,
            created_at: row.created,
            updated_at: row.updated,
            version: row.version,
        })
    }
}

/// A name, and whose it is.
struct Name {
    key: Key,
    user: UserId,
}

#[derive(Serialize, Deserialize)]
struct NameRow {
    user: UserId,
}

impl Record for Name {
    const TABLE: Table = Table::State;
    type Row = NameRow;

    fn key(&self) -> Key {
        self.key.clone()
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> NameRow {
        NameRow { user: self.user }
    }
}

impl Name {
    /// The username and the e-mail address of a user.
    fn of(account: &Account) -> [(&'static str, Self); 2] {
        let (scope, profile) = (account.scope, &account.profile);
        let name = |key| Self { key, user: account.id };
        [
            (USERNAME_LEG, name(Key::username(scope, &profile.username.folded()))),
            (EMAIL_LEG, name(Key::email(scope, &profile.email.folded()))),
        ]
    }
}

impl Transaction<'_> {
    /// Creates a user, whose names nobody may have.
    pub fn create_user(self, account: &Account) -> Self {
        let created = self.create("user", account);
        Name::of(account).iter().fold(created, |legs, (leg, name)| legs.create(leg, name))
    }

    /// Replaces the version of a user just before `after`: frees the names that changed and takes the new ones.
    pub fn replace_user(self, before: &Account, after: &Account) -> Self {
        let replaced = self.replace("user", after);
        let changes = Name::of(before)
            .into_iter()
            .zip(Name::of(after))
            .filter(|((_, old), (_, new))| old.key != new.key);
        changes
            .fold(replaced, |legs, ((_, old), (leg, new))| legs.delete("freed name", &old).create(leg, &new))
    }

    /// Deletes this version of a user and frees its names.
    pub fn delete_user(self, account: &Account) -> Self {
        let deleted = self.delete("user", account);
        Name::of(account).iter().fold(deleted, |legs, (_, name)| legs.delete("freed name", name))
    }
}

impl Store {
    /// The user's roles (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn user_access_fetch(&self, scope: Scope, id: UserId) -> Result<Option<UserAccess>> {
        let Some(item) = self.get(Table::State, &Key::user(scope, id)).await? else { return Ok(None) };
        let row: AccessRow = read(item)?;
        Ok(Some(UserAccess {
            scope,
            id,
            permissions: Permissions::parse(&row.scopes),
            staff: row.staff,
            tokens_valid_from: row.tokens_from,
        }))
    }

    /// The user as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn user_fetch(&self, scope: Scope, id: UserId) -> Result<Option<Account>> {
        let item = self.get(Table::State, &Key::user(scope, id)).await?;
        item.map(|item| Ok(read::<UserRow>(item)?.try_into()?)).transpose()
    }

    /// The user of that name (consistent). Reads as much for a name that is nobody's.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn user_named(&self, scope: Scope, name: &Username) -> Result<Option<Account>> {
        let item = self.get(Table::State, &Key::username(scope, &name.folded())).await?;
        let user = item.map(read::<NameRow>).transpose()?.map(|row| row.user);
        self.user_fetch(scope, user.unwrap_or(UserId::new(Uuid::nil()))).await
    }
}
