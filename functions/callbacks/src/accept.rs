//! `POST /v1/orders/{id}`, the seed's operation: "tell me at `callbackUrl` when this order is settled".

use domain::callback::{CallbackRequest, CallbackStatus, OPEN_MAX, TOTAL_MAX, url_context};
use domain::caller::Permission;
use domain::id::{OrderId, RequestId};
use domain::signature::hmac_sha256;
use domain::target::TargetUrl;
use domain::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use domain::{Currency, Error, FieldError, Money, Result, Timestamp};
use platform::{clock, fault};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Commit, IDEMPOTENCY_LEG, OrderCollection};
use web::{Answer, Idempotency, Request};

use crate::{App, status_path, visible};

/// How far in the future a client's clock may be.
const AHEAD_MAX_MS: i64 = 5 * MINUTE_MS;
/// Requests of the same content within this time are one.
const SAME_WITHIN_MS: i64 = DAY_MS;

/// The command; the body is an open object, so other members are ignored.
struct Accept {
    amount: Money,
    /// As the caller wrote it: it need not be the order's.
    currency: String,
    url: TargetUrl,
    /// The four members, to tell equal requests.
    content: [String; 4],
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    request_id: RequestId,
    status: CallbackStatus,
    /// A guest's only way to learn the secret that signs the callback: derived whenever it is shown, never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

pub(crate) async fn accept(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    request.caller.may(Permission::WriteOrders)?;
    let command = parse(app, request)?;
    let key = request.idempotency()?;
    let fresh = RequestId::new(clock::fresh_id());
    store::until_committed(async || {
        let found = app.store.order_collection_fetch(request.caller.scope, id).await?;
        let found = found.ok_or(Error::NotFound("order"))?;
        visible(&found.order, &request.caller)?;
        let wanted = command.request(app, request, &found, fresh);
        if let Some(same) = found.callbacks.iter().find(|known| is_same(known, &wanted, request.now)) {
            let again = replay(app, request, key.as_ref()).await?;
            return Ok(Some(again.unwrap_or_else(|| answer(app, same, true))));
        }
        refuse_too_many(&found)?;
        let (order, wanted) = decide(found, wanted, request.now);
        let record = key.as_ref().map(|key| key.completed(&answer(app, &wanted, false)));
        fault::point("callback.before_commit");
        let transaction = app.store.transaction().create("callback", &wanted).replace("order", &order);
        let commit =
            transaction.idempotency(request.caller.scope, record.as_ref(), request.now).commit().await?;
        fault::point("callback.after_commit");
        if commit.refused_by(IDEMPOTENCY_LEG) {
            let again = replay(app, request, key.as_ref()).await?;
            return again.map(Some).ok_or_else(|| web::idempotency::in_use(request.now, request.now));
        }
        Ok((commit == Commit::Done).then(|| answer(app, &wanted, true)))
    })
    .await
}

/// What was answered under the key before: equal content makes no second request, so no commit looks it up.
async fn replay(app: &App, request: &Request, key: Option<&Idempotency>) -> Result<Option<Answer>> {
    let Some(key) = key else { return Ok(None) };
    let again = web::idempotency::replay(&app.store, request.caller.scope, key, request.now).await?;
    match again {
        Some(again) if request.caller.user.is_none() => complete(app, again).map(Some),
        again => Ok(again),
    }
}

/// A guest's stored answer with the secret, which the record does not hold: it is for whoever lost the first answer.
fn complete(app: &App, again: Answer) -> Result<Answer> {
    let stored = serde_json::from_str::<Accepted>(again.body().unwrap_or_default())
        .map_err(|error| Error::internal("read a stored answer", error))?;
    let secret = Some(secret_of(app, stored.request_id));
    Ok(again.with_view(Accepted { secret, ..stored }))
}

fn secret_of(app: &App, id: RequestId) -> String {
    app.edge.keys().guest_callback_secret(id).expose().to_owned()
}

/// What the order as it stands means for the request. Either way the order is written too: requests of one order are
/// made one after the other, so that their number stays bounded.
fn decide(
    found: OrderCollection,
    wanted: CallbackRequest,
    now: Timestamp,
) -> (domain::order::Order, CallbackRequest) {
    let request = CallbackRequest { settlement: wanted.decide(&found.order, now), ..wanted };
    (found.order.with_callback(&request), request)
}

impl Accept {
    fn request(
        &self,
        app: &App,
        request: &Request,
        found: &OrderCollection,
        id: RequestId,
    ) -> CallbackRequest {
        let keys = app.edge.keys();
        let order = &found.order;
        let caller = request.caller.subject();
        let who = caller.map(|user| user.to_string()).unwrap_or_default();
        let mut parts = vec![who.as_bytes()];
        parts.extend(self.content.iter().flat_map(|text| [b"\0".as_slice(), text.as_bytes()]));
        CallbackRequest {
            id,
            order_id: order.id,
            scope: order.scope,
            caller,
            amount_minor: Some(self.amount.amount_minor),
            currency: self.currency.clone(),
            url: keys.seal(&url_context(order.scope, id), self.url.as_str()),
            host: self.url.host().to_owned(),
            fingerprint: hex::encode(hmac_sha256(&keys.subkey("callback-fingerprint"), &parts)),
            created_at: request.now,
            deadline: request.now.plus_ms(app.wait_ms),
            settlement: None,
            version: 1,
        }
    }
}

fn is_same(known: &CallbackRequest, wanted: &CallbackRequest, now: Timestamp) -> bool {
    known.fingerprint == wanted.fingerprint && now.since_ms(known.created_at) < SAME_WITHIN_MS
}

fn refuse_too_many(found: &OrderCollection) -> Result<()> {
    let open = found.callbacks.iter().filter(|request| request.settlement.is_none()).count();
    let (code, detail) = match () {
        () if open >= OPEN_MAX => ("too_many_open_callbacks", "This order has 5 open callback requests."),
        () if found.callbacks.len() >= TOTAL_MAX => {
            ("too_many_callbacks", "This order had 20 callback requests; waiting does not change that.")
        }
        () => return Ok(()),
    };
    Err(Error::TooMany { code, detail: detail.to_owned(), retry_after_secs: 3_600, quota: None })
}

fn answer(app: &App, request: &CallbackRequest, with_secret: bool) -> Answer {
    let view = Accepted {
        request_id: request.id,
        status: request.status(),
        secret: (with_secret && request.caller.is_none()).then(|| secret_of(app, request.id)),
    };
    Answer::created(status_path(request.order_id, request.id), view)
}

/// Reads the body. Every breach is a 400 here, for the operation declares no 422.
fn parse(app: &App, request: &Request) -> Result<Accept> {
    let body = request.json(|body: Value| Ok(body))?;
    let mut errors = Vec::new();
    let amount = text(&body, "amount", &mut errors);
    let currency = text(&body, "currency", &mut errors);
    let timestamp = text(&body, "timestamp", &mut errors);
    let url = text(&body, "callbackUrl", &mut errors);
    let money = amount.as_ref().and_then(|amount| {
        Money::parse(amount, Currency::USD).or_else(|| {
            refuse(&mut errors, "amount", "invalid_format", "Must be a decimal string such as \"738.05\".")
        })
    });
    if currency.as_ref().is_some_and(|code| !is_currency_code(code)) {
        refuse::<()>(&mut errors, "currency", "invalid_format", "Must be three capital letters.");
    }
    if timestamp.as_ref().is_some_and(|text| !is_timestamp(text, request.now)) {
        let message = "Must be Unix seconds as a string, at most five minutes ahead.";
        refuse::<()>(&mut errors, "timestamp", "invalid_format", message);
    }
    let target = url.as_ref().and_then(|url| {
        TargetUrl::parse(url, app.targets, &app.own_hosts)
            .map_err(|error| {
                errors.push(FieldError::new("callbackUrl", error.code(), format!("The URL {error}.")))
            })
            .ok()
    });
    match (money, currency, timestamp, url, target, amount) {
        (Some(amount), Some(currency), Some(timestamp), Some(url), Some(target), Some(text))
            if errors.is_empty() =>
        {
            let content = [text, currency.clone(), timestamp, url];
            Ok(Accept { amount, currency, url: target, content })
        }
        _ => Err(Error::Malformed { detail: "The callback request is not valid.".to_owned(), errors }),
    }
}

fn text(body: &Value, field: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    match body.get(field) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => refuse(errors, field, "invalid_type", "Must be a string."),
        None => refuse(errors, field, "required_field", "Is required."),
    }
}

fn refuse<T>(errors: &mut Vec<FieldError>, field: &str, code: &'static str, message: &str) -> Option<T> {
    errors.push(FieldError::new(field, code, message));
    None
}

fn is_currency_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_timestamp(text: &str, now: Timestamp) -> bool {
    let is_number = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    let latest = now.plus_ms(AHEAD_MAX_MS).as_ms() / SECOND_MS;
    is_number && text.parse::<i64>().is_ok_and(|seconds| seconds <= latest)
}
