//! What a client asks of the authorization endpoint (RFC 6749 section 4.1.1).

use domain::Result;
use domain::oauth::{Challenge, Client, Refusal, requested};
use serde::{Deserialize, Serialize};
use url::Url;
use web::{Answer, Request};

use crate::fields::Fields;
use crate::{App, client};

/// Characters of a `state`.
const STATE_CHARS_MAX: usize = 2_048;

/// A question that may be put to the user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) client_id: String,
    pub(crate) redirect: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: String,
    pub(crate) challenge: String,
}

/// Why a question is not put.
pub(crate) enum Unasked {
    /// Nobody knows who asks, or where an answer may go: only the user is told.
    Nowhere(&'static str),
    /// The client is told, by way of the browser.
    Back(Answer),
}

impl Asked {
    /// Reads the query. Until client and redirect URI are known to belong together, nobody is sent anywhere.
    pub(crate) async fn read(app: &App, request: &Request) -> Result<std::result::Result<Self, Unasked>> {
        let fields = Fields::of_query(request);
        let (Ok(Some(client_id)), Ok(Some(redirect))) = (fields.get("client_id"), fields.get("redirect_uri"))
        else {
            return Ok(Err(Unasked::Nowhere("It must name its client_id and its redirect_uri, each once.")));
        };
        let Some(client) = client::named_by(app, client_id).await? else {
            return Ok(Err(Unasked::Nowhere("There is no application with this client_id.")));
        };
        if !client.admits(redirect) {
            return Ok(Err(Unasked::Nowhere("The application did not register this redirect_uri.")));
        }
        let is_fit = |state: &&str| state.len() <= STATE_CHARS_MAX;
        let state = fields.get("state").ok().flatten().filter(is_fit).map(str::to_owned);
        Ok(Self::parse(&client, redirect, &fields).map_err(|refusal| {
            let error = [("error", refusal.code()), ("error_description", refusal.description())];
            Unasked::Back(back(app, redirect, state.as_deref(), &error))
        }))
    }

    fn parse(client: &Client, redirect: &str, fields: &Fields) -> std::result::Result<Self, Refusal> {
        let state = fields.get("state")?;
        if state.is_some_and(|state| state.len() > STATE_CHARS_MAX) {
            return Err(Refusal::InvalidRequest("state has more than 2048 characters"));
        }
        if fields.required("response_type", "response_type is required")? != "code" {
            return Err(Refusal::UnsupportedResponseType);
        }
        if !matches!(fields.get("response_mode")?, None | Some("query")) {
            return Err(Refusal::InvalidRequest("response_mode must be query"));
        }
        let challenge =
            Challenge::requested(fields.get("code_challenge")?, fields.get("code_challenge_method")?)?;
        Ok(Self {
            client_id: client.reference().to_string(),
            redirect: redirect.to_owned(),
            state: state.map(str::to_owned),
            scopes: requested(fields.get("scope")?, client.permissions)?.to_string(),
            challenge: challenge.text(),
        })
    }
}

/// Sends the browser back to the client with an answer. `iss` says whose it is, so that a client of several servers cannot
/// be made to mix them up (RFC 9207).
pub(crate) fn back(app: &App, redirect: &str, state: Option<&str>, answer: &[(&str, &str)]) -> Answer {
    let Ok(mut url) = Url::parse(redirect) else {
        return crate::pages::message("This link leads nowhere", "The application's address is not one.");
    };
    url.query_pairs_mut()
        .extend_pairs(answer)
        .extend_pairs(state.map(|state| ("state", state)))
        .append_pair("iss", &app.edge.settings().public_base_url);
    Answer::see_other(url)
}
