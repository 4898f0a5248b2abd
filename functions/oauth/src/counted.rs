//! Whom a call of the protocol is counted for: the consent or the device whose token it has, or else its address.
//!
//! A refresh token, an access token and a device code have a tag that only we can make, so nobody guesses one, and no
//! table is asked whose it is. So a client that repeats a call for ever uses up its own count, and not that of everybody
//! behind its address; what is guessed, or proves nothing, is the address's. A device code proves little, for whoever asks
//! gets one, and nothing once it is older than any device waits.

use domain::oauth::{DeviceCode, RefreshToken, Refusal};
use domain::{Result, Timestamp};
use web::{Answer, Proven, Request, Standing};

use crate::fields::Fields;
use crate::refused::{self, No};
use crate::token::{DEVICE_CODE, REFRESH_TOKEN};
use crate::{App, secrets};

/// What of a call may prove whose it is: what its operation reads, and nothing that is sent along.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    /// What the grant of `/token` asks for.
    Grant,
    /// The refresh token.
    Refresh,
    /// Either token, as `/revoke` takes it.
    Token,
    /// Nothing.
    None,
}

/// A call that was counted.
pub(crate) struct Call {
    fields: std::result::Result<Fields, Refusal>,
    standing: Option<Standing>,
}

impl Call {
    /// Counts a call.
    ///
    /// # Errors
    /// [`domain::Error::TooMany`].
    pub(crate) async fn count(app: &App, request: &Request, proof: Proof) -> Result<Self> {
        let fields = Fields::of_body(request);
        let proven = fields.as_ref().ok().and_then(|fields| proven(app, fields, proof, request.now));
        let standing = request.count_call(proven.unwrap_or(Proven::Nobody)).await?;
        Ok(Self { fields, standing })
    }

    /// Its fields.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn fields(&self) -> std::result::Result<&Fields, Refusal> {
        self.fields.as_ref().map_err(|refusal| *refusal)
    }

    /// Its answer, which says where its holder stands.
    ///
    /// # Errors
    /// For faults of ours.
    pub(crate) fn answer(&self, outcome: std::result::Result<Answer, No>) -> Result<Answer> {
        Ok(refused::answer(outcome)?.telling(self.standing))
    }
}

fn proven(app: &App, fields: &Fields, proof: Proof, now: Timestamp) -> Option<Proven> {
    let text = |name| fields.get(name).ok().flatten();
    match proof {
        Proof::Grant => match text("grant_type")? {
            REFRESH_TOKEN => of_refresh_token(app, text("refresh_token")?),
            DEVICE_CODE => of_device_code(app, text("device_code")?, now),
            _ => None,
        },
        Proof::Refresh => of_refresh_token(app, text("refresh_token")?),
        Proof::Token => {
            let token = text("token")?;
            of_refresh_token(app, token).or_else(|| of_access_token(app, token, now))
        }
        Proof::None => None,
    }
}

fn of_refresh_token(app: &App, text: &str) -> Option<Proven> {
    let token = RefreshToken::parse(text, &secrets::refresh_key(app.edge.keys()))?;
    Some(Proven::Consent(token.family.scope, token.family.id.to_string()))
}

fn of_access_token(app: &App, text: &str, now: Timestamp) -> Option<Proven> {
    let family = app.edge.grant_of(text, now).ok()?.family()?;
    Some(Proven::Consent(family.scope, family.id.to_string()))
}

fn of_device_code(app: &App, text: &str, now: Timestamp) -> Option<Proven> {
    let code = DeviceCode::parse(text, &secrets::device_key(app.edge.keys()))?;
    code.may_wait(now).then(|| Proven::Device(code.scope, code.device.to_string()))
}
