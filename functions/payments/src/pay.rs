//! `POST /v1/orders/{id}/payment`.

use domain::caller::Permission;
use domain::id::{OrderId, PaymentId};
use domain::order::Order;
use domain::payment::{PayOrder, PayOrderBody, Payment, PaymentView};
use domain::time::SECOND_MS;
use domain::{Error, Result};
use platform::{clock, fault};
use store::{Commit, IDEMPOTENCY_LEG};
use tokio::sync::OnceCell;
use web::{Answer, Idempotency, Replay, Request};

use crate::provider::TokeniseError;
use crate::{App, settle, visible_order};

/// A run that holds an idempotency key must be dead after this: the function's time-out.
const RUN_MAX_MS: i64 = 30 * SECOND_MS;

pub(crate) async fn pay(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    request.caller.may(Permission::WriteOrders)?;
    let command = request.json::<PayOrderBody>()?.parse()?;
    let key = request.idempotency()?;
    let begun = match begin(app, request, id, &command, key.as_ref()).await {
        Ok(payment) => payment,
        Err(refusal) => attach(app, request, id, key.as_ref()).await?.ok_or(refusal)?,
    };
    let payment = settle::finish(app, begun).await?;
    let answer = Answer::created(format!("/v1/orders/{id}/payments"), PaymentView::from(&payment));
    if let Some(key) = key {
        let record = key.completed(&answer);
        app.store.idempotency_complete(request.caller.scope, &record, request.now).await?;
        fault::point("pay.after_complete");
    }
    Ok(answer)
}

/// Steps 0 and 1: the source becomes a token, then the operation is written to the order. Refusals come before the
/// provider hears of anything.
async fn begin(
    app: &App,
    request: &Request,
    id: OrderId,
    command: &PayOrder,
    key: Option<&Idempotency>,
) -> Result<Payment> {
    let prepared = OnceCell::new();
    store::until_committed(async || {
        let order = payable(app, request, id, command).await?;
        let payment: &Payment =
            prepared.get_or_try_init(async || prepare(app, request, &order, command).await).await?;
        let record = key.map(|key| key.running(payment.id.uuid(), request.now.plus_ms(RUN_MAX_MS)));
        let order = order.begin_payment(payment.clone(), request.now)?;
        fault::point("pay.before_begin");
        let transaction = app.store.transaction().replace("order", &order);
        let commit =
            transaction.idempotency(request.caller.scope, record.as_ref(), request.now).commit().await?;
        fault::point("pay.after_begin");
        if commit.refused_by(IDEMPOTENCY_LEG) {
            return Err(web::idempotency::in_use(request.now, request.now));
        }
        Ok((commit == Commit::Done).then(|| payment.clone()))
    })
    .await
}

/// Step 0: the provider's token in place of card data.
async fn prepare(app: &App, request: &Request, order: &Order, command: &PayOrder) -> Result<Payment> {
    let tokenised = app.provider.tokenise(&command.source).await.map_err(refused_source)?;
    Ok(Payment::begin(
        PaymentId::new(clock::fresh_id()),
        (order.id, order.scope),
        command.amount,
        command.source.to_stored(tokenised.bank_name),
        tokenised.token,
        request.now,
    ))
}

async fn payable(app: &App, request: &Request, id: OrderId, command: &PayOrder) -> Result<Order> {
    let order = visible_order(app, &request.caller, id).await?;
    request.if_match(order.version)?;
    Payment::check_amount(&command.amount, &order.total)?;
    order.payable(request.now)?;
    Ok(order)
}

/// A run that died left its payment in the record of its key: a repeat goes on with that payment.
async fn attach(
    app: &App,
    request: &Request,
    id: OrderId,
    key: Option<&Idempotency>,
) -> Result<Option<Payment>> {
    let Some(key) = key else { return Ok(None) };
    let scope = request.caller.scope;
    match web::idempotency::replay(&app.store, scope, key, request.now).await? {
        Some(Replay::Running { resource, until }) if until <= request.now => {
            let payment = PaymentId::new(resource);
            let order = visible_order(app, &request.caller, id).await?;
            match order.running_payment(payment) {
                Some(running) => Ok(Some(running.clone())),
                None => app.store.payment_fetch(scope, id, payment).await,
            }
        }
        _ => Ok(None),
    }
}

fn refused_source(error: TokeniseError) -> Error {
    match error {
        TokeniseError::Refused(reason) => Error::invalid("source", "refused_source", reason),
        TokeniseError::Silent(silent) => Error::unavailable("payment provider", silent),
    }
}
