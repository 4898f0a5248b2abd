//! `POST /v1/oauth/clients`: an owner of the tenant registers an application, which keeps no secret.

use domain::caller::{Permission, Permissions};
use domain::id::ClientId;
use domain::oauth::{CLIENTS_PER_TENANT_MAX, Client, RedirectUri, Registrant, offered};
use domain::user::Account;
use domain::{Error, FieldError, Result, Timestamp, required};
use platform::{clock, fault};
use serde::Deserialize;
use serde::de::IgnoredAny;
use store::{Commit, IDEMPOTENCY_LEG};
use web::{Answer, Request};

use crate::list::VERSION;
use crate::view::ClientView;
use crate::{App, name};

const REDIRECTS_MAX: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    name: Option<String>,
    redirect_uris: Option<Vec<String>>,
    /// Everything that may be asked for, when not sent.
    #[serde(default, deserialize_with = "web::sent")]
    scopes: Option<Vec<String>>,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "clientId")]
    _client_id: Option<IgnoredAny>,
    #[serde(default, rename = "registeredBy")]
    _registered_by: Option<IgnoredAny>,
    #[serde(default, rename = "createdAt")]
    _created_at: Option<IgnoredAny>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<IgnoredAny>,
}

pub(crate) async fn register(app: &App, request: &Request) -> Result<Answer> {
    let owner = web::require_owner(request).await?;
    let client = request.json(|body: Body| body.parse(&owner, request.now))?;
    let key = request.idempotency()?;
    if app.store.clients_fetch(owner.scope).await?.len() >= CLIENTS_PER_TENANT_MAX {
        let detail = format!("There may be at most {CLIENTS_PER_TENANT_MAX} clients here.");
        return Err(Error::conflict("client_limit_reached", detail));
    }
    let location = format!("/v1/oauth/clients/{}", client.id);
    let answer = Answer::created(location, ClientView::of(&client)).version(VERSION);
    let record = key.map(|key| key.completed(&answer));
    let transaction = app.store.transaction().create("client", &client);
    fault::point("client.before_commit");
    let commit = transaction.idempotency(owner.scope, record.as_ref(), request.now).commit().await?;
    fault::point("client.after_commit");
    match commit {
        Commit::Done => Ok(answer),
        refused if refused.refused_by(IDEMPOTENCY_LEG) => {
            Err(web::idempotency::in_use(request.now, request.now))
        }
        Commit::Refused(_) => Err(Error::fault("a fresh client is there already")),
    }
}

impl Body {
    /// The client, or everything that is wrong.
    fn parse(self, owner: &Account, now: Timestamp) -> Result<Client> {
        let mut errors = Vec::new();
        let name = required("name", self.name, &mut errors);
        errors.extend(name.as_deref().and_then(name::error));
        let uris = required("redirectUris", self.redirect_uris, &mut errors);
        let redirects = uris.map(|uris| redirects(&uris, &mut errors));
        let permissions = scopes(self.scopes.as_deref(), &mut errors);
        let (Some(name), Some(redirects), true) = (name, redirects, errors.is_empty()) else {
            return Err(Error::Invalid(errors));
        };
        Ok(Client {
            id: ClientId::new(clock::fresh_id()),
            scope: owner.scope,
            name,
            redirects,
            permissions,
            registered_by: Some(Registrant { id: owner.id, username: owner.profile.username.to_string() }),
            created_at: now,
        })
    }
}

fn redirects(sent: &[String], errors: &mut Vec<FieldError>) -> Vec<RedirectUri> {
    if !(1..=REDIRECTS_MAX).contains(&sent.len()) {
        errors.push(FieldError::new("redirectUris", "invalid_length", "Must be 1 to 10 redirect URIs."));
        return Vec::new();
    }
    let mut redirects = Vec::new();
    for (place, text) in sent.iter().enumerate() {
        match RedirectUri::parse(text) {
            Ok(redirect) => redirects.push(redirect),
            Err(error) => {
                let message = error.to_string().replacen('m', "M", 1) + ".";
                errors.push(FieldError::new(format!("redirectUris[{place}]"), "invalid_format", message));
            }
        }
    }
    redirects
}

fn scopes(sent: Option<&[String]>, errors: &mut Vec<FieldError>) -> Permissions {
    let Some(sent) = sent else { return offered() };
    let known = |name: &String| {
        let named = Permission::ALL.iter().copied().find(|permission| permission.as_str() == name);
        named.filter(|permission| offered().has(*permission))
    };
    let scopes: Option<Vec<_>> = sent.iter().map(known).collect();
    match scopes {
        Some(scopes) if !scopes.is_empty() => {
            scopes.into_iter().fold(Permissions::default(), Permissions::with)
        }
        _ => {
            let message = "Must be scopes that clients may ask for; at least one.";
            errors.push(FieldError::new("scopes", "invalid_value", message));
            Permissions::default()
        }
    }
}
