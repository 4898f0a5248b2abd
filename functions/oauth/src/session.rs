//! A browser's session: a sealed cookie, which no script can read and no other site's form sends along. It holds who
//! signed in, for an hour; nothing of it is stored here.

use domain::id::UserId;
use domain::time::HOUR_MS;
use domain::user::Account;
use domain::webhook::Sealed;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use web::{Answer, Request};

use crate::{App, secrets};

/// How long somebody stays signed in.
const LIFETIME_MS: i64 = HOUR_MS;
const CONTEXT: &str = "oauth-session";

/// A browser, and who sits before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Ties forms to this browser; another one after each sign-in, so that nobody can prepare it.
    pub(crate) id: String,
    visitor: Option<Visitor>,
    until: Timestamp,
}

/// Who signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Visitor {
    pool: String,
    user: UserId,
    signed_in_at: Timestamp,
}

impl Session {
    /// The session of the request's cookie, or a fresh one.
    pub(crate) fn of(app: &App, request: &Request) -> Self {
        let read = |text: &str| {
            let text = app.edge.keys().open(CONTEXT, &Sealed::new(text.to_owned())).ok()?;
            serde_json::from_str::<Self>(&text).ok()
        };
        let session = request.cookie(cookie_name(app)).and_then(read);
        session.filter(|session| request.now < session.until).unwrap_or_else(|| Self::fresh(request.now))
    }

    /// One that nobody has signed in to.
    pub(crate) fn fresh(now: Timestamp) -> Self {
        Self { id: secrets::fresh(), visitor: None, until: now.plus_ms(LIFETIME_MS) }
    }

    /// One that `account` has just signed in to. What is void from the next whole second on must not be this.
    pub(crate) fn signed_in(account: &Account, now: Timestamp) -> Self {
        let visitor = Visitor {
            pool: account.scope.to_string(),
            user: account.id,
            signed_in_at: now.max(account.tokens_valid_from),
        };
        Self { visitor: Some(visitor), ..Self::fresh(now) }
    }

    /// The user of `scope` who signed in, as far as that still counts, and when that was.
    pub(crate) async fn visitor(&self, app: &App, scope: Scope) -> Result<Option<(Account, Timestamp)>> {
        let here = self.visitor.as_ref().filter(|visitor| visitor.pool == scope.to_string());
        let Some(visitor) = here else { return Ok(None) };
        let account = app.store.user_fetch(scope, visitor.user).await?;
        let account = account.filter(|account| visitor.signed_in_at >= account.tokens_valid_from);
        Ok(account.map(|account| (account, visitor.signed_in_at)))
    }

    /// The same answer, which leaves this session with the browser.
    pub(crate) fn kept_by(&self, app: &App, answer: Answer) -> Result<Answer> {
        let text =
            serde_json::to_string(self).map_err(|error| domain::Error::internal("write a session", error))?;
        let sealed = app.edge.keys().seal(CONTEXT, &text);
        let secure = if is_secure(app) { "; Secure" } else { "" };
        let attributes = format!("Path=/; HttpOnly; SameSite=Lax{secure}");
        Ok(answer.header("set-cookie", format!("{}={}; {attributes}", cookie_name(app), sealed.as_str())))
    }
}

/// With the prefix that no other host, nor a page without TLS, can set it under; without TLS, as on one's own machine,
/// browsers refuse that.
fn cookie_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-petstore-session" } else { "petstore-session" }
}

fn is_secure(app: &App) -> bool {
    app.edge.settings().public_base_url.starts_with("https://")
}
