//! `GET /v1/orders/{id}/payments`: every payment tried, the running one included.

use domain::caller::Permission;
use domain::id::OrderId;
use domain::order::{ActiveOperation, Operation};
use domain::payment::{Payment, PaymentView};
use domain::{Error, Result};
use serde::Serialize;
use web::{Answer, Request};

use crate::App;

#[derive(Serialize)]
struct Payments {
    data: Vec<Entry>,
}

/// A payment, and why it failed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[serde(flatten)]
    payment: PaymentView,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    let caller = &request.caller;
    caller.require(Permission::ReadOrders)?;
    let found = app.store.order_collection_fetch(caller.scope, id).await?;
    let found = found.filter(|found| found.order.is_listed_for(caller)).ok_or(Error::NotFound("order"))?;
    let running = match &found.order.active_operation {
        Some(ActiveOperation { operation: Operation::Pay(payment), .. }) => Some(payment.as_ref()),
        _ => None,
    };
    let data = found.payments.iter().chain(running).map(Entry::from).collect();
    Ok(Answer::ok(&Payments { data }))
}

impl From<&Payment> for Entry {
    fn from(payment: &Payment) -> Self {
        Self { payment: payment.into(), failure_reason: payment.failure.clone() }
    }
}
