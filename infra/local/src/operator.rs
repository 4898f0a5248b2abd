//! What an operator does to a deployment from their own machine: `petstore tenant create`, `petstore tenant
//! registration`, `petstore tenant client`, `petstore bootstrap`.
//!
//! All of them, and [`crate::settle`], go through the same store as the functions, to wherever `AWS_REGION`, the AWS keys,
//! `AWS_ENDPOINT_URL` and `TABLE_NAME` lead. They need `dynamodb:GetItem` and `dynamodb:PutItem` on that table.

use domain::id::UserId;
use domain::invitation::Invitation;
use domain::oauth::{Client, ClientRef};
use domain::tenant::{Registration, Tenant};
use domain::user::{Account, Email, Profile, Roles, Username};
use domain::{Error, Result, Scope, TenantId, Timestamp};
use platform::{clock, config, password};
use store::{Commit, Store, Transaction};
use users::invite;
use zeroize::Zeroizing;

use crate::error::StartError;
use crate::options::{Bootstrap, NewRegistration, NewTenant};

/// Characters of a password, as `POST /v1/users` has them.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;

/// Creates a tenant that waits for its owner, and prints an invitation for them.
///
/// # Errors
/// [`StartError`], in one line for whoever typed the command.
pub async fn create_tenant(new: &NewTenant, print: fn(&str)) -> std::result::Result<(), StartError> {
    let tenant = tenant(new);
    let made = found(&store()?, &tenant, clock::now()).await;
    let code = made.map_err(|error| StartError::step("create the tenant", &error))?;
    print(&format!("tenant      {}\ninvitation  {code}  (for its owner; good for 7 days, once)", tenant.id));
    Ok(())
}

/// Changes how a tenant takes users from now on.
///
/// # Errors
/// [`StartError`], in one line for whoever typed the command.
pub async fn change_registration(
    new: &NewRegistration,
    print: fn(&str),
) -> std::result::Result<(), StartError> {
    let changed = reregister(&store()?, new.tenant, new.registration).await;
    changed.map_err(|error| StartError::step("change the tenant", &error))?;
    print(&format!("tenant        {}\nregistration  {}", new.tenant, new.registration));
    Ok(())
}

/// Gives a tenant the client of OAuth that tenants begin with, and prints its `client_id`.
///
/// # Errors
/// [`StartError`], in one line for whoever typed the command.
pub async fn give_client(tenant: TenantId, print: fn(&str)) -> std::result::Result<(), StartError> {
    let client = first_client(&store()?, tenant, clock::now()).await;
    let client = client.map_err(|error| StartError::step("give the tenant a client", &error))?;
    print(&format!("tenant     {tenant}\nclient_id  {client}"));
    Ok(())
}

/// Creates a tenant and the user who owns it.
///
/// # Errors
/// [`StartError`], in one line for whoever typed the command.
pub async fn bootstrap(bootstrap: Bootstrap, print: fn(&str)) -> std::result::Result<(), StartError> {
    let step = |error: Error| StartError::step("create the first tenant", &error);
    let tenant = Tenant { version: 1, ..tenant(&bootstrap.tenant).claim() };
    let profile = profile(bootstrap)?;
    let hash = password::hash(read_password()?).await.map_err(step)?;
    let owner = Account::register(
        UserId::new(clock::fresh_id()),
        Scope::Tenant(tenant.id),
        profile,
        Some(hash),
        Roles::owner(),
        clock::now(),
    );
    let store = store()?;
    let founded = with_client(store.transaction(), &tenant, clock::now());
    let commit = founded.create_user(&owner).commit().await.map_err(step)?;
    exists(&commit, tenant.id).map_err(step)?;
    print(&format!("tenant  {}\nowner   {}  ({})", tenant.id, owner.id, owner.profile.username));
    Ok(())
}

/// Creates the tenant and the invitation of its owner; answers the invitation's code.
///
/// # Errors
/// [`Error::Conflict`] when the tenant exists; when DynamoDB fails.
pub async fn found(store: &Store, tenant: &Tenant, now: Timestamp) -> Result<String> {
    let code = invite::fresh_code();
    let invitation = Invitation::issue(Scope::Tenant(tenant.id), invite::hash(&code), None, now);
    let transaction = with_client(store.transaction(), tenant, now).create("invitation", &invitation);
    exists(&transaction.commit().await?, tenant.id)?;
    Ok(code)
}

/// Creates the tenant's first client, unless it is there.
///
/// # Errors
/// [`Error::NotFound`] when there is no such tenant; when DynamoDB fails.
pub async fn first_client(store: &Store, tenant: TenantId, now: Timestamp) -> Result<ClientRef> {
    store.tenant_fetch(tenant).await?.ok_or(Error::NotFound("tenant"))?;
    let client = Client::first_party(Scope::Tenant(tenant), now);
    match store.transaction().create("client", &client).commit().await? {
        // Refused means that it is there, which is as good.
        Commit::Done | Commit::Refused(_) => Ok(client.reference()),
    }
}

async fn reregister(store: &Store, id: TenantId, registration: Registration) -> Result<()> {
    store::until_committed(async || {
        let tenant = store.tenant_fetch(id).await?.ok_or(Error::NotFound("tenant"))?;
        if tenant.registration == registration {
            return Ok(Some(()));
        }
        let changed = tenant.with_registration(registration);
        let commit = store.transaction().replace("tenant", &changed).commit().await?;
        Ok((commit == Commit::Done).then_some(()))
    })
    .await
}

/// A tenant comes with a client of OAuth, which its owner may remove.
fn with_client<'a>(transaction: Transaction<'a>, tenant: &Tenant, now: Timestamp) -> Transaction<'a> {
    let client = Client::first_party(Scope::Tenant(tenant.id), now);
    transaction.create("tenant", tenant).create("client", &client)
}

fn exists(commit: &Commit, id: TenantId) -> Result<()> {
    match commit {
        Commit::Done => Ok(()),
        Commit::Refused(_) => Err(Error::conflict("tenant_exists", format!("the tenant {id} exists"))),
    }
}

fn tenant(new: &NewTenant) -> Tenant {
    Tenant::create(new.id.unwrap_or_else(|| TenantId::new(clock::fresh_id())), new.registration)
}

pub(crate) fn store() -> std::result::Result<Store, StartError> {
    web::lambda::store_from_env().map_err(|error| StartError::step("reach the deployment", &error))
}

fn profile(bootstrap: Bootstrap) -> std::result::Result<Profile, StartError> {
    let wrong = |what: &str| StartError::Step {
        what: "create the first tenant",
        reason: format!("{what} is not valid"),
    };
    Ok(Profile {
        username: Username::parse(&bootstrap.username).ok_or_else(|| wrong("the username"))?,
        email: Email::parse(&bootstrap.email).ok_or_else(|| wrong("the e-mail address"))?,
        first_name: bootstrap.first_name,
        last_name: bootstrap.last_name,
        phone: None,
        preferences: None,
    })
}

/// The owner's password: never an argument, which every process of the machine could read.
fn read_password() -> std::result::Result<Zeroizing<String>, StartError> {
    let fail = |reason: String| StartError::Step { what: "read the password", reason };
    let given = config::optional("PETSTORE_PASSWORD").map_err(|error| fail(error.to_string()))?;
    let text = Zeroizing::new(match given {
        Some(text) => text,
        None => {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map_err(|error| fail(error.to_string()))?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        }
    });
    match PASSWORD_CHARS.contains(&text.chars().count()) {
        true => Ok(text),
        false => Err(fail("it must have 8 to 128 characters".to_owned())),
    }
}
