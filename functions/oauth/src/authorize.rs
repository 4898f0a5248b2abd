//! `GET /authorize` (RFC 6749 section 4.1): a client sends a user here, who signs in and agrees or not. And what follows:
//! a code for the client.

use domain::Result;
use domain::caller::Permissions;
use domain::oauth::{Challenge, Client, Code, Consent};
use domain::user::Account;
use domain::{Error, Timestamp};
use platform::fault;
use store::Commit;
use web::{Answer, Request};

use crate::asked::{Asked, Unasked, back};
use crate::session::Session;
use crate::ticket::Intent;
use crate::{App, flow, pages, secrets};

pub(crate) async fn begin(app: &App, request: &Request) -> Result<Answer> {
    match Asked::read(app, request).await? {
        Ok(asked) => {
            let session = Session::of(app, request);
            flow::ask(app, request, &session, Intent::Authorize(asked), None).await
        }
        Err(Unasked::Nowhere(why)) => Ok(pages::message("This request cannot be answered", why)),
        Err(Unasked::Back(answer)) => Ok(answer),
    }
}

/// The user agrees: the client gets a code.
pub(crate) async fn allow(
    app: &App,
    asked: &Asked,
    client: &Client,
    (account, signed_in_at): (&Account, Timestamp),
    now: Timestamp,
) -> Result<Answer> {
    let permissions = grantable(asked, client, account);
    if permissions.is_empty() {
        return Ok(deny(app, asked));
    }
    let consent = Consent { client: client.reference(), user: account.id, permissions, signed_in_at };
    let challenge = Challenge::parse(&asked.challenge).ok_or(Error::fault("a sealed challenge"))?;
    let text = secrets::fresh();
    let code = Code::issue(secrets::hash(&text), consent, asked.redirect.clone(), challenge, now);
    fault::point("authorize.before_commit");
    let commit = app.store.transaction().create("code", &code).commit().await?;
    fault::point("authorize.after_commit");
    match commit {
        Commit::Done => Ok(back(app, &asked.redirect, asked.state.as_deref(), &[("code", &text)])),
        Commit::Refused(_) => Err(Error::fault("a fresh code is taken")),
    }
}

/// The user does not agree, and the client is told.
pub(crate) fn deny(app: &App, asked: &Asked) -> Answer {
    let error = [("error", "access_denied"), ("error_description", "the user said no")];
    back(app, &asked.redirect, asked.state.as_deref(), &error)
}

/// What the user can give of what is asked for.
pub(crate) fn grantable(asked: &Asked, client: &Client, account: &Account) -> Permissions {
    let asked = Permissions::parse(&asked.scopes).intersection(client.permissions);
    asked.intersection(account.roles.permissions)
}
