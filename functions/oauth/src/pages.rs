//! The pages: plain HTML, no script, nothing from anywhere else. `template` fills them in, `policy` says to browsers what
//! they may do.

mod policy;
mod template;

use domain::caller::{Permission, Permissions};
use domain::oauth::Client;
use domain::user::Account;
use http::StatusCode;
use web::Answer;

use self::policy::{Leads, guarded};
use self::template::{escaped, fill};
use crate::ticket::Intent;

const FRAME: &str = include_str!("../pages/frame.html");
const STYLE: &str = include_str!("../pages/style.css");
const SIGN_IN: &str = include_str!("../pages/sign_in.html");
const CONSENT: &str = include_str!("../pages/consent.html");
const CODE: &str = include_str!("../pages/code.html");

/// What a page asks about.
pub(crate) struct Question<'a> {
    pub(crate) client: &'a Client,
    pub(crate) intent: &'a Intent,
    pub(crate) ticket: &'a str,
    /// What went wrong with the last page.
    pub(crate) wrong: Option<&'a str>,
}

impl Question<'_> {
    /// Where the form goes.
    fn action(&self) -> &'static str {
        if matches!(self.intent, Intent::Authorize(_)) { "/authorize" } else { "/device" }
    }

    /// Where the browser goes after it.
    fn redirect(&self) -> Option<&str> {
        match self.intent {
            Intent::Authorize(asked) => Some(&asked.redirect),
            _ => None,
        }
    }

    /// Which pool that is, for those who have accounts in several.
    fn pool(&self) -> String {
        let tenant = self.client.scope.tenant_id();
        tenant.map(|tenant| format!(" of the tenant <code>{tenant}</code>")).unwrap_or_default()
    }
}

/// The page to sign in.
pub(crate) fn sign_in(question: &Question<'_>) -> Answer {
    let body = fill(
        SIGN_IN,
        &[
            ("wrong", &alert(question.wrong)),
            ("invalid", invalid(question.wrong)),
            ("described", question.wrong.map_or("", |_| " aria-describedby=\"wrong\"")),
            ("client", &question.client.name),
            ("pool", &question.pool().replacen(" of", " with an account of", 1)),
            ("action", question.action()),
            ("ticket", question.ticket),
        ],
    );
    page(status(question.wrong), "Sign in", &body, Leads::Here)
}

/// The page to agree, or not.
pub(crate) fn consent(question: &Question<'_>, account: &Account, permissions: Permissions) -> Answer {
    let (is_none, redirect) = (permissions.is_empty(), question.redirect());
    let allow = "<button name=\"action\" value=\"allow\">Allow</button>\n";
    let registrant = question.client.registered_by.as_ref();
    let body = fill(
        CONSENT,
        &[
            ("wrong", &alert(question.wrong)),
            ("client", &question.client.name),
            ("user", &account.profile.username.to_string()),
            ("pool", &question.pool()),
            ("scopes", &scopes(permissions)),
            ("device", &device(question.intent)),
            (
                "registrant",
                &registrant.map_or("the operator of this server".to_owned(), |by| by.username.clone()),
            ),
            ("destination", &redirect.map(destination).unwrap_or_default()),
            ("action", question.action()),
            ("ticket", question.ticket),
            ("allow", if is_none { "" } else { allow }),
            ("deny", if is_none { "Back" } else { "Deny" }),
        ],
    );
    let leads = redirect.map_or(Leads::Here, |_| Leads::Away);
    page(status(question.wrong), &format!("Allow {}?", question.client.name), &body, leads)
}

/// The page to type a device's code.
pub(crate) fn type_code(ticket: &str, code: &str, wrong: Option<&str>) -> Answer {
    let values = [
        ("wrong", alert(wrong)),
        ("invalid", invalid(wrong).to_owned()),
        ("also", wrong.map_or("", |_| " wrong").to_owned()),
        ("ticket", ticket.to_owned()),
        ("code", code.to_owned()),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    page(status(wrong), "Connect a device", &fill(CODE, &values), Leads::Here)
}

/// The page after a device was answered.
pub(crate) fn device_answered(is_yes: bool) -> Answer {
    let (title, text) = match is_yes {
        true => ("The device is connected", "It goes on by itself in a moment. You can close this page."),
        false => ("The device is not connected", "It gets no access. You can close this page."),
    };
    page(StatusCode::OK, title, &fill("<p>{{text}}</p>\n", &[("text", text)]), Leads::Here)
}

/// A page that says that something cannot be done, and leads nowhere.
pub(crate) fn message(title: &str, text: &str) -> Answer {
    let body = "<p class=\"alert\" role=\"alert\">{{text}}</p>\n\
        <p>Go back to where you came from, and tell whoever makes it.</p>\n";
    page(StatusCode::BAD_REQUEST, title, &fill(body, &[("text", text)]), Leads::Here)
}

/// The page after a form that this browser was not given, or too long ago.
pub(crate) fn lapsed() -> Answer {
    let body = "<p class=\"alert\" role=\"alert\">It was open for too long, was answered already, or this browser keeps no \
        cookies.</p>\n<p>Go back to where you came from, and start again.</p>\n";
    page(StatusCode::BAD_REQUEST, "This page has lapsed", body, Leads::Here)
}

/// The page after the client was removed.
pub(crate) fn gone() -> Answer {
    message("This application is gone", "It was removed while you were here.")
}

/// The same page, to be tried again later.
pub(crate) fn too_many(page: Answer, retry_after_secs: u32) -> Answer {
    page.with_status(StatusCode::TOO_MANY_REQUESTS).header("retry-after", retry_after_secs.to_string())
}

/// A page.
fn page(status: StatusCode, title: &str, body: &str, leads: Leads) -> Answer {
    let error = if status.is_success() { "" } else { "Error: " };
    let html = fill(FRAME, &[("error", error), ("title", title), ("style", STYLE), ("body", body)]);
    guarded(Answer::page(status, html), STYLE, leads)
}

const fn status(wrong: Option<&str>) -> StatusCode {
    if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

fn alert(wrong: Option<&str>) -> String {
    let text =
        |wrong| fill("<p class=\"alert\" role=\"alert\" id=\"wrong\">{{wrong}}</p>\n", &[("wrong", wrong)]);
    wrong.map(text).unwrap_or_default()
}

const fn invalid(wrong: Option<&str>) -> &'static str {
    if wrong.is_some() { " aria-invalid=\"true\"" } else { "" }
}

/// What the client would be able to do.
fn scopes(permissions: Permissions) -> String {
    if permissions.is_empty() {
        return "<p class=\"alert\" role=\"alert\">Nothing: your account may do none of what it asks for.</p>\n".to_owned();
    }
    let items: String =
        permissions.iter().map(|one| format!("<li>{}</li>\n", escaped(meaning(one)))).collect();
    format!("<ul>\n{items}</ul>\n")
}

const fn meaning(permission: Permission) -> &'static str {
    match permission {
        Permission::ReadPets => "see pets",
        Permission::WritePets => "add, change and remove pets and their photos",
        Permission::ReadOrders => "see your orders, payments and receipts",
        Permission::WriteOrders => "place, pay and cancel orders",
        Permission::ReadUser => "see your profile, with your e-mail address",
        Permission::WriteUser => "change and delete your account",
        Permission::ChatWrite => "ask the pet care assistant, at your daily budget",
        Permission::AdminWebhooks => "manage webhooks",
    }
}

/// The code to compare with what the device shows.
fn device(intent: &Intent) -> String {
    let Intent::Device(waiting) = intent else { return String::new() };
    fill(
        "<p>Does the device before you show this code?<br><strong class=\"shown\">{{code}}</strong></p>\n",
        &[("code", &waiting.user_code)],
    )
}

fn destination(redirect: &str) -> String {
    let text = match url::Url::parse(redirect) {
        Ok(url) => place(&url),
        Err(_) => String::new(),
    };
    fill("<dt>Returns to</dt><dd>{{text}}</dd>\n", &[("text", &text)])
}

/// Where a redirect URI leads. Whatever stands behind a scheme of an app's own is the app's to choose, and no host.
fn place(url: &url::Url) -> String {
    match (url.scheme(), url.host_str()) {
        ("https", Some(host)) => host.to_owned(),
        ("http", Some(host)) => format!("a program on this computer ({host})"),
        (scheme, _) => format!("an app on this device ({scheme})"),
    }
}
