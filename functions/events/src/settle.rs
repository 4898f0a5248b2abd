//! Settling: an order that was paid or cancelled ends the callback requests that wait for it.
//!
//! The settled request carries its own outbox mark. Its record, not the order's, makes the delivery, so that there is
//! exactly one result however often either record comes.

use domain::Result;
use domain::order::{Order, OrderStatus};
use platform::{clock, fault};
use store::image::Image;

use crate::App;

pub(crate) async fn settle(app: &App, image: &Image) -> Result<()> {
    match image {
        Image::Order(order) if order.callbacks > 0 && order.status != OrderStatus::Placed => {
            settle_requests(app, order).await
        }
        _ => Ok(()),
    }
}

async fn settle_requests(app: &App, order: &Order) -> Result<()> {
    let Some(found) = app.store.order_collection_fetch(order.scope, order.id).await? else { return Ok(()) };
    for request in found.callbacks {
        let Some(settlement) = request.decide(&found.order, clock::now()) else { continue };
        let Some(settled) = request.settle(settlement) else { continue };
        fault::point("settle_callback.before_commit");
        // Refused means that somebody else settled it: its own record goes on from there.
        let commit = app.store.transaction().replace("callback", &settled).commit().await?;
        fault::point("settle_callback.after_commit");
        tracing::debug!(callback.settled = commit == store::Commit::Done, "a callback request was decided");
    }
    Ok(())
}
