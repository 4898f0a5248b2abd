//! `POST /v1/users`: somebody registers, and is signed in at once. The first user of a tenant owns it.

use domain::caller::Permissions;
use domain::id::UserId;
use domain::oauth::Client;
use domain::user::{Account, Admission, admit};
use domain::{Error, FieldError, Result, Scope, Timestamp};
use platform::{clock, fault, password};
use serde::Serialize;
use store::{Commit, EMAIL_LEG, IDEMPOTENCY_LEG, USERNAME_LEG, UserAccess};
use web::token::issue;
use web::{Answer, Request};

use crate::body::NewUser;
use crate::token::{LIFETIME_SECS, TokenView};
use crate::view::UserView;
use crate::{App, UserBody, invite};

#[derive(Serialize)]
struct Registered {
    #[serde(flatten)]
    user: UserView,
    #[serde(flatten)]
    token: TokenView,
}

pub(crate) async fn register(app: &App, request: &Request) -> Result<Answer> {
    let new = request.json(UserBody::into_new)?;
    let key = request.idempotency()?;
    request.count_name().await?;
    let id = UserId::new(clock::fresh_id());
    // Before anybody's processor is spent on the password.
    admission(app, request, id, &new).await?;
    let hash = password::hash(new.password.clone()).await?;
    store::until_committed(async || {
        let admission = admission(app, request, id, &new).await?;
        let (profile, scope) = (new.profile.clone(), request.caller.scope);
        let account = Account::register(id, scope, profile, Some(hash.clone()), admission.roles, request.now);
        let location = format!("/v1/users/{id}");
        let user = UserView::of(&account);
        // What is kept for a repeat has no token in it.
        let kept = Answer::created(&location, &user).version(account.version);
        let record = key.as_ref().map(|key| key.completed(&kept));
        let transaction = app.store.transaction().create_user(&account);
        let transaction =
            enter(transaction, &admission, request.now).idempotency(scope, record.as_ref(), request.now);
        fault::point("sign_up.before_commit");
        let commit = transaction.commit().await?;
        fault::point("sign_up.after_commit");
        if !is_through(&commit, request)? {
            return Ok(None);
        }
        let token =
            issue(&app.edge, &UserAccess::from(&account), Permissions::all(), LIFETIME_SECS, request.now)?;
        let registered = Registered { user, token: token.into() };
        Ok(Some(Answer::created(&location, registered).version(account.version)))
    })
    .await
}

/// As what the user is let in.
async fn admission(app: &App, request: &Request, id: UserId, new: &NewUser) -> Result<Admission> {
    let scope = request.caller.scope;
    let tenant = match scope {
        Scope::Tenant(tenant) => app.store.tenant_fetch(tenant).await?,
        Scope::Shared => None,
    };
    let invitation = match &new.invitation {
        Some(code) => Some(app.store.invitation_fetch(scope, &invite::hash(code)).await?),
        None => None,
    };
    admit(id, scope, tenant, app.founding, invitation, request.now)
}

/// What entering changes beside the user.
fn enter<'a>(
    transaction: store::Transaction<'a>,
    admission: &Admission,
    now: Timestamp,
) -> store::Transaction<'a> {
    let transaction = match &admission.tenant {
        Some(founded) if founded.version == 1 => {
            let client = Client::first_party(Scope::Tenant(founded.id), now);
            transaction.create("tenant", founded).create("client", &client)
        }
        Some(claimed) => transaction.replace("tenant", claimed),
        None => transaction,
    };
    match &admission.invitation {
        Some(used) => transaction.replace("invitation", used),
        None => transaction,
    }
}

/// Whether it is committed; not when tenant or invitation changed meanwhile.
fn is_through(commit: &Commit, request: &Request) -> Result<bool> {
    if commit.refused_by(IDEMPOTENCY_LEG) {
        return Err(web::idempotency::in_use(request.now, request.now));
    }
    taken(commit)?;
    Ok(*commit == Commit::Done)
}

/// Refuses names that others have.
pub(crate) fn taken(commit: &Commit) -> Result<()> {
    let names = [(USERNAME_LEG, "username"), (EMAIL_LEG, "email")];
    let taken = names.into_iter().filter(|(leg, _)| commit.refused_by(leg));
    let breach = |(_, field): (_, &str)| FieldError::new(field, "already_taken", "Is taken by another user.");
    let breaches: Vec<_> = taken.map(breach).collect();
    if breaches.is_empty() { Ok(()) } else { Err(Error::Invalid(breaches)) }
}
