//! `POST /v1/auth/tokens`: a token for whoever knows a user's password.

use domain::caller::Permissions;
use domain::time::DAY_MS;
use domain::{Error, Result, required};
use serde::{Deserialize, Serialize};
use store::UserAccess;
use web::token::{Issued, issue};
use web::{Answer, Request};
use zeroize::Zeroizing;

use crate::App;

/// How long a token is good, in seconds: a day (contract 3.15).
pub(crate) const LIFETIME_SECS: i64 = DAY_MS / 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    username: Option<String>,
    password: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenView {
    token: String,
    expires_at: String,
}

impl From<Issued> for TokenView {
    fn from(issued: Issued) -> Self {
        Self { token: issued.token, expires_at: issued.expires_at.to_rfc3339() }
    }
}

pub(crate) async fn create(app: &App, request: &Request) -> Result<Answer> {
    let (username, password) = request.json(Body::parse)?;
    let account = web::sign_in(request, &username, password).await?;
    let token =
        issue(&app.edge, &UserAccess::from(&account), Permissions::all(), LIFETIME_SECS, request.now)?;
    Ok(Answer::ok(TokenView::from(token)))
}

impl Body {
    /// Username and password.
    fn parse(self) -> Result<(String, Zeroizing<String>)> {
        let mut errors = Vec::new();
        let username = required("username", self.username, &mut errors);
        let password = required("password", self.password.map(Zeroizing::new), &mut errors);
        username.zip(password).ok_or(Error::Invalid(errors))
    }
}
