//! `PATCH /v1/orders/{id}`: staff dispatch and complete paid orders.

use domain::id::{EventId, OrderId};
use domain::order::{Actor, Order, OrderView, Ship};
use domain::{Error, Result};
use platform::{clock, fault};
use serde::Deserialize;
use web::{Answer, Request};

use crate::{App, visible_order};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    status: Option<String>,
}

pub(crate) async fn ship(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    let staff = request.caller.require_staff()?;
    let step = request.json(Body::parse)?;
    let event = EventId::new(clock::fresh_id());
    store::until_committed(async || {
        let order = visible_order(app, &request.caller, id).await?;
        match request.if_match(order.version) {
            // A step that is taken already was perhaps taken by this request, whose answer was lost: its tag is that of
            // before.
            Ok(()) | Err(Error::PreconditionFailed) if order.status == step.status() => {
                return Ok(Some(answer(&order)));
            }
            matched => matched?,
        }
        let order = order.ship(step, Actor::User(staff.id), event, request.now)?;
        fault::point("ship.before_commit");
        let commit = app.store.transaction().replace("order", &order).commit().await?;
        fault::point("ship.after_commit");
        Ok((commit == store::Commit::Done).then(|| answer(&order)))
    })
    .await
}

fn answer(order: &Order) -> Answer {
    Answer::ok(OrderView::from(order)).version(order.version)
}

impl Body {
    fn parse(self) -> Result<Ship> {
        match self.status.as_deref() {
            Some("SHIPPED") => Ok(Ship::Shipped),
            Some("DELIVERED") => Ok(Ship::Delivered),
            Some(_) => Err(Error::invalid("status", "invalid_value", "Must be SHIPPED or DELIVERED.")),
            None => Err(Error::invalid("status", "required_field", "Is required.")),
        }
    }
}
