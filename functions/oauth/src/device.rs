//! Devices without a browser (RFC 8628): `POST /device/authorize` begins to wait, and at `/device` a user says which device
//! is theirs, by the code it shows.

use domain::Result;
use domain::caller::Permissions;
use domain::id::DeviceId;
use domain::oauth::{
    Client, Consent, DEVICE_LIFETIME_MS, Device, DeviceCode, POLL_SECS, UserCode, offered_to_devices,
    requested,
};
use domain::user::Account;
use domain::{Error, Timestamp};
use platform::{clock, fault};
use serde_json::json;
use store::{Commit, USER_CODE_LEG};
use web::{Answer, CodeGuess, Request};

use crate::counted::{Call, Proof};
use crate::refused::No;
use crate::session::Session;
use crate::ticket::{Intent, Waiting};
use crate::{App, client, flow, pages, secrets};

/// Tries at a code that no other device has; each succeeds but for one in many million.
const TRIES_MAX: u32 = 5;

/// `POST /device/authorize`.
pub(crate) async fn authorize(app: &App, request: &Request) -> Result<Answer> {
    let call = Call::count(app, request, Proof::None).await?;
    call.answer(begin(app, request, &call).await)
}

async fn begin(app: &App, request: &Request, call: &Call) -> std::result::Result<Answer, No> {
    let fields = call.fields()?;
    let client = client::of_request(app, request, fields).await?;
    let permissions = requested(fields.get("scope")?, offered(&client))?;
    let device =
        Device::begin(DeviceId::new(clock::fresh_id()), client.reference(), permissions, request.now);
    let code = DeviceCode { scope: client.scope, device: device.id };
    let user_code = keep(app, &device, request.now).await?;
    let page = format!("{}/device", app.edge.settings().public_base_url);
    Ok(Answer::ok(json!({
        "device_code": code.text(&secrets::device_key(app.edge.keys())),
        "user_code": user_code.to_string(),
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": DEVICE_LIFETIME_MS / 1_000,
        "interval": POLL_SECS,
    })))
}

fn offered(client: &Client) -> Permissions {
    client.permissions.intersection(offered_to_devices())
}

/// Stores the device under a code that no other one has.
async fn keep(app: &App, device: &Device, now: Timestamp) -> Result<UserCode> {
    for _ in 0..TRIES_MAX {
        let code = UserCode::of(u64::from_be_bytes(clock::random()));
        let hash = secrets::user_code_hash(app.edge.keys(), code);
        let transaction = app.store.transaction().create_device(device, &hash, now);
        fault::point("device.before_commit");
        let commit = transaction.commit().await?;
        fault::point("device.after_commit");
        match commit {
            Commit::Done => return Ok(code),
            refused if refused.refused_by(USER_CODE_LEG) => {}
            Commit::Refused(_) => return Err(Error::fault("a fresh device is there already")),
        }
    }
    Err(Error::Unavailable { what: "a free user code", source: None })
}

/// `GET /device`: where a code is typed. A link that holds it fills it in, and the user still has to say so.
pub(crate) fn page(app: &App, request: &Request) -> Result<Answer> {
    let code = request.query().text("user_code").ok().flatten().and_then(UserCode::parse);
    let text = code.map(|code| code.to_string()).unwrap_or_default();
    ask_code(app, request, &Session::of(app, request), &text, None)
}

fn ask_code(
    app: &App,
    request: &Request,
    session: &Session,
    code: &str,
    wrong: Option<&str>,
) -> Result<Answer> {
    let ticket = Intent::Type.seal(app.edge.keys(), session, request.now)?;
    session.kept_by(app, pages::type_code(&ticket, code, wrong))
}

/// A user typed a code.
pub(crate) async fn typed(app: &App, request: &Request, session: &Session, text: &str) -> Result<Answer> {
    let guess = match CodeGuess::admit(request).await {
        Ok(guess) => guess,
        Err(Error::TooMany { retry_after_secs, .. }) => {
            let wrong = "There were too many wrong codes. Wait a quarter of an hour, then try again.";
            let page = ask_code(app, request, session, "", Some(wrong))?;
            return Ok(pages::too_many(page, retry_after_secs));
        }
        Err(error) => return Err(error),
    };
    match waiting(app, text, request.now).await? {
        Some(waiting) => {
            guess.right().await?;
            flow::ask(app, request, session, Intent::Device(waiting), None).await
        }
        None => {
            let wrong = "No device waits with this code. Look at it again; it is good for ten minutes.";
            ask_code(app, request, session, text, Some(wrong))
        }
    }
}

/// The device that waits with this code.
async fn waiting(app: &App, text: &str, now: Timestamp) -> Result<Option<Waiting>> {
    let Some(code) = UserCode::parse(text) else { return Ok(None) };
    let device = app.store.device_typed(&secrets::user_code_hash(app.edge.keys(), code)).await?;
    let open = device.filter(|device| device.is_open(now));
    Ok(open.map(|device| Waiting {
        client_id: device.client.to_string(),
        device: device.id,
        scopes: device.permissions.to_string(),
        user_code: code.to_string(),
    }))
}

/// What the user can give of what the device asks for.
pub(crate) fn grantable(asked: Permissions, client: &Client, account: &Account) -> Permissions {
    asked.intersection(offered(client)).intersection(account.roles.permissions)
}

/// The user of `who` agrees, or nobody does; answers whether the device gets access, and `None` when it waited no more.
/// Whoever has nothing to give gives nothing, whatever they said.
pub(crate) async fn answer(
    app: &App,
    waiting: &Waiting,
    client: &Client,
    who: Option<(&Account, Timestamp)>,
    now: Timestamp,
) -> Result<Option<bool>> {
    store::until_committed(async || {
        let Some(device) = app.store.device_fetch(client.scope, waiting.device).await? else {
            return Ok(Some(None));
        };
        let consent = who.map(|(account, signed_in_at)| Consent {
            client: client.reference(),
            user: account.id,
            permissions: grantable(device.permissions, client, account),
            signed_in_at,
        });
        let consent = consent.filter(|consent| !consent.permissions.is_empty());
        let Some(answered) = device.answered(consent, now) else { return Ok(Some(None)) };
        fault::point("device_answer.before_commit");
        let commit = app.store.transaction().replace("device", &answered).commit().await?;
        fault::point("device_answer.after_commit");
        Ok((commit == Commit::Done).then_some(Some(consent.is_some())))
    })
    .await
}
