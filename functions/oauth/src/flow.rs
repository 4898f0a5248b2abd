//! The pages between a question and its answer: sign in, then agree or not. The same for a client in the browser and for
//! a device elsewhere.
//!
//! Every form carries a ticket, without which nothing happens. No password, code or ticket is written anywhere.

use domain::caller::Permissions;
use domain::oauth::Client;
use domain::user::Account;
use domain::{Error, Result, Timestamp};
use web::{Answer, Request, sign_in};
use zeroize::Zeroizing;

use crate::fields::{self, Fields};
use crate::pages::{self, Question};
use crate::session::Session;
use crate::ticket::{Intent, Waiting};
use crate::{App, authorize, client, device};

/// `POST /authorize` and `POST /device`: a form of one of our pages.
pub(crate) async fn go_on(app: &App, request: &Request) -> Result<Answer> {
    let (form, session) = (fields::of_page(request)?, Session::of(app, request));
    let ticket = Intent::open(app.edge.keys(), &session, form.own("ticket"), request.now);
    let Some(intent) = ticket else { return Ok(pages::lapsed()) };
    match (intent, form.own("action")) {
        (Intent::Type, _) => device::typed(app, request, &session, form.own("user_code")).await,
        (intent, "sign-in") => enter(app, request, &session, intent, &form).await,
        (intent, "switch") => ask(app, request, &Session::fresh(request.now), intent, None).await,
        (intent, action @ ("allow" | "deny")) => decide(app, request, &session, intent, action).await,
        _ => Ok(pages::lapsed()),
    }
}

/// The next page: to sign in, or for whoever has, to agree. `wrong` says what went wrong with the last one.
pub(crate) async fn ask(
    app: &App,
    request: &Request,
    session: &Session,
    intent: Intent,
    wrong: Option<&str>,
) -> Result<Answer> {
    let Some(client) = asking(app, &intent).await? else { return Ok(pages::gone()) };
    let visitor = session.visitor(app, client.scope).await?;
    let ticket = intent.clone().seal(app.edge.keys(), session, request.now)?;
    let question = Question { client: &client, intent: &intent, ticket: &ticket, wrong };
    let page = match &visitor {
        None => pages::sign_in(&question),
        Some((account, _)) => pages::consent(&question, account, grantable(&intent, &client, account)),
    };
    session.kept_by(app, page)
}

/// The user signs in, under the limits on guessing.
async fn enter(
    app: &App,
    request: &Request,
    session: &Session,
    intent: Intent,
    form: &Fields,
) -> Result<Answer> {
    let Some(client) = asking(app, &intent).await? else { return Ok(pages::gone()) };
    let password = Zeroizing::new(form.own("password").to_owned());
    match sign_in(&request.in_pool(client.scope), form.own("username"), password).await {
        Ok(account) => ask(app, request, &Session::signed_in(&account, request.now), intent, None).await,
        Err(Error::Unauthenticated(_)) => {
            ask(app, request, session, intent, Some("Wrong username or password.")).await
        }
        Err(Error::TooMany { retry_after_secs, .. }) => {
            let wrong = "There were too many tries. Wait a quarter of an hour, then try again.";
            let page = ask(app, request, session, intent, Some(wrong)).await?;
            Ok(pages::too_many(page, retry_after_secs))
        }
        Err(error) => Err(error),
    }
}

/// The user agrees, or does not.
async fn decide(
    app: &App,
    request: &Request,
    session: &Session,
    intent: Intent,
    action: &str,
) -> Result<Answer> {
    let Some(client) = asking(app, &intent).await? else { return Ok(pages::gone()) };
    let Some((account, signed_in_at)) = session.visitor(app, client.scope).await? else {
        return ask(app, request, session, intent, None).await;
    };
    let who = Some((&account, signed_in_at)).filter(|_| action == "allow");
    match (&intent, who) {
        (Intent::Authorize(asked), Some(who)) => {
            authorize::allow(app, asked, &client, who, request.now).await
        }
        (Intent::Authorize(asked), None) => Ok(authorize::deny(app, asked)),
        (Intent::Device(waiting), who) => answer_device(app, waiting, &client, who, request.now).await,
        (Intent::Type, _) => Ok(pages::lapsed()),
    }
}

async fn answer_device(
    app: &App,
    waiting: &Waiting,
    client: &Client,
    who: Option<(&Account, Timestamp)>,
    now: Timestamp,
) -> Result<Answer> {
    match device::answer(app, waiting, client, who, now).await? {
        Some(is_connected) => Ok(pages::device_answered(is_connected)),
        None => Ok(pages::lapsed()),
    }
}

/// What the user can give of what is asked for.
fn grantable(intent: &Intent, client: &Client, account: &Account) -> Permissions {
    match intent {
        Intent::Authorize(asked) => authorize::grantable(asked, client, account),
        Intent::Device(waiting) => device::grantable(Permissions::parse(&waiting.scopes), client, account),
        Intent::Type => Permissions::default(),
    }
}

/// The client that asks, if it is still there.
async fn asking(app: &App, intent: &Intent) -> Result<Option<Client>> {
    match intent {
        Intent::Authorize(asked) => client::named_by(app, &asked.client_id).await,
        Intent::Device(waiting) => client::named_by(app, &waiting.client_id).await,
        Intent::Type => Ok(None),
    }
}
