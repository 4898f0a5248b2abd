//! `POST /v1/invitations`: staff invite somebody into their tenant. The code is shown once and lets one user in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::invitation::Invitation;
use domain::{Error, Result, Scope, TenantId};
use platform::clock;
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::Commit;
use web::{Answer, Request};

use crate::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InvitationView {
    invitation: String,
    expires_at: String,
    tenant_id: TenantId,
}

pub(crate) async fn invite(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require_staff()?;
    let Scope::Tenant(tenant_id) = request.caller.scope else {
        return Err(Error::Forbidden("nobody needs an invitation into the shared pool".to_owned()));
    };
    let code = fresh_code();
    let invitation = Invitation::issue(request.caller.scope, hash(&code), Some(user.id), request.now);
    match app.store.transaction().create("invitation", &invitation).commit().await? {
        Commit::Done => Ok(Answer::ok(InvitationView {
            invitation: code,
            expires_at: invitation.expires_at.to_rfc3339(),
            tenant_id,
        })),
        Commit::Refused(_) => Err(Error::fault("a fresh invitation is taken")),
    }
}

/// A code that nobody can guess.
#[must_use]
pub fn fresh_code() -> String {
    URL_SAFE_NO_PAD.encode(clock::random::<32>())
}

/// What is kept of a code.
#[must_use]
pub fn hash(code: &str) -> String {
    hex::encode(Sha256::digest(code))
}
