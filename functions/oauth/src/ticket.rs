//! What a page's form carries: the question that the user is at, sealed for this browser's session. So it cannot be
//! forged, changed, or sent by another site: it is the CSRF token too.

use domain::id::DeviceId;
use domain::time::MINUTE_MS;
use domain::webhook::Sealed;
use domain::{Error, Result, Timestamp};
use platform::sealed::Keyring;
use serde::{Deserialize, Serialize};

use crate::asked::Asked;
use crate::session::Session;

/// How long a page can be answered.
const LIFETIME_MS: i64 = 10 * MINUTE_MS;

/// What the user is about to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Intent {
    /// To answer a client.
    Authorize(Asked),
    /// To type a device's code.
    Type,
    /// To answer for a device.
    Device(Waiting),
}

/// A device that the user is asked about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) client_id: String,
    pub(crate) device: DeviceId,
    pub(crate) scopes: String,
    /// As it is shown.
    pub(crate) user_code: String,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    intent: Intent,
    until: Timestamp,
}

impl Intent {
    /// As a form of `session` carries it.
    pub(crate) fn seal(self, keys: &Keyring, session: &Session, now: Timestamp) -> Result<String> {
        let ticket = Ticket { intent: self, until: now.plus_ms(LIFETIME_MS) };
        let text =
            serde_json::to_string(&ticket).map_err(|error| Error::internal("write a ticket", error))?;
        Ok(keys.seal(&context(session), &text).as_str().to_owned())
    }

    /// What a form of `session` brings back; `None` for anything that was not sealed for it, or too long ago.
    pub(crate) fn open(keys: &Keyring, session: &Session, text: &str, now: Timestamp) -> Option<Self> {
        let text = keys.open(&context(session), &Sealed::new(text.to_owned())).ok()?;
        let ticket: Ticket = serde_json::from_str(&text).ok()?;
        (now < ticket.until).then_some(ticket.intent)
    }
}

fn context(session: &Session) -> String {
    format!("oauth-ticket|{}", session.id)
}
