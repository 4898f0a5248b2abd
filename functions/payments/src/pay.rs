//! `POST /v1/orders/{id}/payment`.

use domain::caller::Permission;
use domain::id::{OrderId, PaymentId};
use domain::order::Order;
use domain::payment::{PayOrder, PayOrderBody, Payment, PaymentStatus, PaymentView};
use domain::time::SECOND_MS;
use domain::{Error, Result, Timestamp};
use platform::{clock, fault};
use store::Commit;
use tokio::sync::OnceCell;
use web::{Answer, Idempotency, Request};

use crate::provider::TokeniseError;
use crate::{App, settle, visible_order};

/// A run that holds an idempotency key must be dead after this: the function's time-out.
const RUN_MAX_MS: i64 = 30 * SECOND_MS;

pub(crate) async fn pay(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    request.caller.may(Permission::WriteOrders)?;
    let command = request.json(PayOrderBody::parse)?;
    let key = request.idempotency()?;
    let (begun, since) = match begin(app, request, id, &command, key.as_ref()).await {
        Ok(payment) => (payment, request.now),
        Err(refusal) => attach(app, request, id, key.as_ref()).await?.ok_or(refusal)?,
    };
    let payment = settle::finish(app, begun, since).await?;
    let answer = answer(&payment);
    if let (PaymentStatus::Processing, Some(key)) = (payment.status, &key) {
        promise(app, request, key, &answer).await?;
    }
    Ok(answer)
}

/// The answer of a settled payment is kept by the transaction that settled it. `PROCESSING` is kept here, for a repeat
/// is told what the first was told, whatever has become of the payment since.
async fn promise(app: &App, request: &Request, key: &Idempotency, answer: &Answer) -> Result<()> {
    let record = key.completed(answer);
    fault::point("pay.before_promise");
    let transaction = app.store.transaction();
    let kept = transaction.idempotency(request.caller.scope, Some(&record), request.now).commit().await;
    fault::point("pay.after_promise");
    match kept {
        Ok(Commit::Done) => Ok(()),
        // Somebody settled the payment meanwhile: that answer is given.
        Ok(Commit::Refused(_)) => Err(web::idempotency::in_use(request.now, request.now)),
        // The payment goes on all the same. What is not kept is not said: a repeat could be told something else.
        Err(error) => Err(error),
    }
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
        refuse_answered(app, request, key).await?;
        let payment: &Payment =
            prepared.get_or_try_init(async || prepare(app, request, &order, command).await).await?;
        let order = order.begin_payment(payment.clone(), key.map(Into::into), request.now)?;
        fault::point("pay.before_begin");
        let commit = app.store.transaction().replace("order", &order).commit().await?;
        fault::point("pay.after_begin");
        Ok((commit == Commit::Done).then(|| payment.clone()))
    })
    .await
}

/// Refuses a key that was answered before, so that the answer is given again. The order was loaded before: a payment
/// that settles after this look changes the order, and what is decided on the old one is refused.
async fn refuse_answered(app: &App, request: &Request, key: Option<&Idempotency>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    match web::idempotency::replay(&app.store, request.caller.scope, key, request.now).await? {
        Some(_) => Err(web::idempotency::in_use(request.now, request.now)),
        None => Ok(()),
    }
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

/// A run that died before it answered left its payment on the order, under its key: a repeat goes on with that payment,
/// which began then.
async fn attach(
    app: &App,
    request: &Request,
    id: OrderId,
    key: Option<&Idempotency>,
) -> Result<Option<(Payment, Timestamp)>> {
    let Some(key) = key else { return Ok(None) };
    let order = visible_order(app, &request.caller, id).await?;
    let Some((payment, active, running)) = order.payment_under(&key.id) else { return Ok(None) };
    key.match_fingerprint(&running.fingerprint)?;
    // A run that answered `PROCESSING` is told of again, not gone on with.
    refuse_answered(app, request, Some(key)).await?;
    let until = active.started_at.plus_ms(RUN_MAX_MS);
    if until > request.now {
        return Err(web::idempotency::in_use(until, request.now));
    }
    Ok(Some((payment.clone(), active.started_at)))
}

/// What is said of a payment, now or when its request is repeated.
pub(crate) fn answer(payment: &Payment) -> Answer {
    let location = format!("/v1/orders/{}/payments/{}", payment.order_id, payment.id);
    Answer::created(location, PaymentView::from(payment))
}

fn refused_source(error: TokeniseError) -> Error {
    match error {
        TokeniseError::Refused(reason) => Error::invalid("source", "refused_source", reason),
        TokeniseError::Silent(silent) => Error::unavailable("payment provider", silent),
    }
}
