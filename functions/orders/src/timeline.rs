//! `GET /v1/orders/{id}/events`: every status the order entered. An addition of ours, so a guest's order shows it to
//! staff only.

use domain::caller::Permission;
use domain::id::OrderId;
use domain::order::TimelineView;
use domain::{Error, Result};
use serde::Serialize;
use web::{Answer, Request};

use crate::{App, visible_order};

#[derive(Serialize)]
struct Timeline {
    data: Vec<TimelineView>,
}

pub(crate) async fn timeline(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    request.caller.require(Permission::ReadOrders)?;
    let order = visible_order(app, &request.caller, id).await?;
    if !order.is_listed_for(&request.caller) {
        return Err(Error::NotFound("order"));
    }
    Ok(Answer::ok(&Timeline { data: TimelineView::of(&order) }).version(order.version))
}
