//! `GET /v1/orders/{id}/payments/{paymentId}`: where a payment stands, and why it failed. It is an addition of ours that a
//! guest may use all the same, and is told no more than that: the ids of order and payment reach receivers of callbacks
//! and whoever has a receipt's link, so they do not prove who paid.

use domain::caller::Permission;
use domain::id::{OrderId, PaymentId};
use domain::payment::{Payment, PaymentStatus};
use domain::{Error, Result};
use serde::Serialize;
use web::{Answer, Request};

use crate::list::Entry;
use crate::{App, visible_order};

/// How a payment stands, without who paid it and by what.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    id: PaymentId,
    amount: String,
    currency: String,
    status: PaymentStatus,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
}

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
    let answer = match order.is_listed_for(&request.caller) {
        true => Answer::ok(Entry::from(&payment)),
        false => Answer::ok(Standing::from(&payment)),
    };
    Ok(answer.version(version(&payment)))
}

impl From<&Payment> for Standing {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            amount: payment.amount.amount(),
            currency: payment.amount.currency.to_string(),
            status: payment.status,
            created_at: payment.created_at.to_rfc3339(),
            failure_reason: payment.failure.clone(),
        }
    }
}

/// A payment has its first version once it is settled: one that runs is told apart from it.
const fn version(payment: &Payment) -> u64 {
    match payment.status {
        PaymentStatus::Pending | PaymentStatus::Processing => 0,
        _ => payment.version,
    }
}
