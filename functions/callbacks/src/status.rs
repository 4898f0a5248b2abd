//! `GET /v1/orders/{id}/callbacks/{requestId}`: where a request stands, for those who would rather poll.

use domain::callback::CallbackView;
use domain::caller::Permission;
use domain::id::{OrderId, RequestId};
use domain::{Error, Result};
use web::{Answer, Request};

use crate::{App, visible};

pub(crate) async fn status(app: &App, request: &Request) -> Result<Answer> {
    let order_id = request.id("id", OrderId::parse)?;
    let id = request.id("requestId", RequestId::parse)?;
    request.caller.may(Permission::ReadOrders)?;
    let scope = request.caller.scope;
    let order = app.store.order_fetch(scope, order_id).await?.ok_or(Error::NotFound("order"))?;
    visible(&order, &request.caller)?;
    let found = app.store.callback_fetch(scope, order_id, id).await?;
    let found = found.ok_or(Error::NotFound("callback request"))?;
    Ok(Answer::ok(CallbackView::from(&found)).version(found.version))
}
