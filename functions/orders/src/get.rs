//! `GET /v1/orders/{id}`.

use domain::Result;
use domain::caller::Permission;
use domain::id::OrderId;
use domain::order::OrderView;
use web::{Answer, Request};

use crate::{App, visible_order};

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    request.caller.may(Permission::ReadOrders)?;
    let order = visible_order(app, &request.caller, id).await?;
    Ok(Answer::ok(OrderView::from(&order)).version(order.version))
}
