//! `GET /v1/orders/{id}/payments/{paymentId}`: where a payment stands, and why it failed. It is an addition of ours that a
//! guest may use all the same: a payment's id is told to nobody but its payer, as a callback request's is.

use domain::caller::Permission;
use domain::id::{OrderId, PaymentId};
use domain::payment::{Payment, PaymentStatus};
use domain::{Error, Result};
use web::{Answer, Request};

use crate::list::Entry;
use crate::{App, visible_order};

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let order_id = request.id("id", OrderId::parse)?;
    let id = request.id("paymentId", PaymentId::parse)?;
    request.caller.may(Permission::ReadOrders)?;
    let order = visible_order(app, &request.caller, order_id).await?;
    let payment = match order.running_payment(id) {
        Some(running) => Some(running.clone()),
        None => app.store.payment_fetch(order.scope, order.id, id).await?,
    };
    let payment = payment.ok_or(Error::NotFound("payment"))?;
    Ok(Answer::ok(Entry::from(&payment)).version(version(&payment)))
}

/// A payment has its first version once it is settled: one that runs is told apart from it.
const fn version(payment: &Payment) -> u64 {
    match payment.status {
        PaymentStatus::Pending | PaymentStatus::Processing => 0,
        _ => payment.version,
    }
}
