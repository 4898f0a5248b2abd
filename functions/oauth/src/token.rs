//! `POST /token` (RFC 6749 section 3.2) and `POST /refresh`, which is the same for refresh tokens alone.

use domain::Result;
use domain::oauth::Refusal;
use web::{Answer, Request};

use crate::counted::{Call, Proof};
use crate::refused::No;
use crate::{App, client, poll, redeem, refresh};

/// The grant of a code.
pub(crate) const AUTHORIZATION_CODE: &str = "authorization_code";
/// The grant of a refresh token.
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";
/// The grant of a device (RFC 8628 section 3.4).
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(crate) async fn token(app: &App, request: &Request) -> Result<Answer> {
    let call = Call::count(app, request, Proof::Grant).await?;
    call.answer(exchange(app, request, &call).await)
}

pub(crate) async fn refresh(app: &App, request: &Request) -> Result<Answer> {
    let call = Call::count(app, request, Proof::Refresh).await?;
    call.answer(rotate(app, request, &call).await)
}

async fn exchange(app: &App, request: &Request, call: &Call) -> std::result::Result<Answer, No> {
    let fields = call.fields()?;
    let grant = fields.required("grant_type", "grant_type is required")?;
    let client = client::of_request(app, request, fields).await?;
    match grant {
        AUTHORIZATION_CODE => redeem::redeem(app, &client, fields, request.now).await,
        REFRESH_TOKEN => refresh::refresh(app, &client, fields, request.now).await,
        DEVICE_CODE => poll::poll(app, &client, fields, request.now).await,
        _ => Err(Refusal::UnsupportedGrantType.into()),
    }
}

async fn rotate(app: &App, request: &Request, call: &Call) -> std::result::Result<Answer, No> {
    let fields = call.fields()?;
    if !matches!(fields.get("grant_type")?, None | Some(REFRESH_TOKEN)) {
        return Err(Refusal::UnsupportedGrantType.into());
    }
    let client = client::of_request(app, request, fields).await?;
    refresh::refresh(app, &client, fields, request.now).await
}
