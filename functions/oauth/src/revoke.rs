//! `POST /revoke` (RFC 7009): a client gives its access back. Whichever token it names, everything that follows from the
//! same consent is void. A token that is none is as good as revoked.

use domain::oauth::{Client, FamilyRef, RefreshToken};
use domain::{Result, Timestamp};
use serde_json::json;
use web::token::Grant;
use web::{Answer, Request};

use crate::counted::{Call, Proof};
use crate::refused::No;
use crate::{App, client, secrets, tokens};

pub(crate) async fn revoke(app: &App, request: &Request) -> Result<Answer> {
    let call = Call::count(app, request, Proof::Token).await?;
    call.answer(void(app, request, &call).await)
}

async fn void(app: &App, request: &Request, call: &Call) -> std::result::Result<Answer, No> {
    let fields = call.fields()?;
    let token = fields.required("token", "token is required")?;
    let client = client::of_request(app, request, fields).await?;
    if let Some(family) = family_of(app, &client, token, request.now).await? {
        tokens::revoke(app, family, request.now).await?;
    }
    Ok(Answer::ok(json!({})))
}

/// The family of a refresh or access token of this client. Nobody can revoke what is another client's.
async fn family_of(app: &App, client: &Client, token: &str, now: Timestamp) -> Result<Option<FamilyRef>> {
    if let Some(refresh) = RefreshToken::parse(token, &secrets::refresh_key(app.edge.keys())) {
        let family = app.store.family_fetch(refresh.family).await?;
        let own = family.filter(|family| family.consent.client == client.reference());
        return Ok(own.map(|family| family.reference()));
    }
    let is_own = |grant: &Grant| grant.session.is_some_and(|session| session.client == client.reference());
    let grant = app.edge.grant_of(token, now).ok().filter(is_own);
    Ok(grant.and_then(|grant| grant.family()))
}
