//! `DELETE /v1/orders/{id}`: frees the pet of an unpaid order; refunds a paid one. The order is kept, `CANCELLED`.

use domain::caller::Permission;
use domain::id::{EventId, OrderId, RefundId};
use domain::order::{Actor, Order, OrderStatus};
use domain::payment::RefundOutcome;
use domain::{Error, Result, Timestamp};
use platform::{clock, fault};
use store::Commit;
use web::{Answer, Request};

use crate::{App, ask, refund, visible_order};

/// What the first commit did.
enum Begun {
    /// The order is cancelled.
    Cancelled,
    /// Its refund is on the order; the provider comes next.
    Refunding(Box<Order>, RefundId),
}

pub(crate) async fn cancel(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("id", OrderId::parse)?;
    request.caller.may(Permission::WriteOrders)?;
    match store::until_committed(async || begin(app, request, id).await).await? {
        Begun::Cancelled => Ok(Answer::no_content()),
        Begun::Refunding(order, refund) => give_back(app, &order, refund, request.now).await,
    }
}

async fn begin(app: &App, request: &Request, id: OrderId) -> Result<Option<Begun>> {
    let order = visible_order(app, &request.caller, id).await?;
    match request.if_match(order.version) {
        // Cancelled by this request perhaps, whose answer was lost: its tag is that of before.
        Ok(()) | Err(Error::PreconditionFailed) if order.status == OrderStatus::Cancelled => {
            return Ok(Some(Begun::Cancelled));
        }
        matched => matched?,
    }
    let by = Actor::of(request.caller.subject());
    if order.status != OrderStatus::Approved {
        return free(app, order, by, request).await;
    }
    let refund = RefundId::new(clock::fresh_id());
    let order = order.begin_refund(refund, by, request.now)?;
    fault::point("cancel.before_begin");
    let commit = app.store.transaction().replace("order", &order).commit().await?;
    fault::point("cancel.after_begin");
    Ok((commit == Commit::Done).then(|| Begun::Refunding(Box::new(order), refund)))
}

async fn free(app: &App, order: Order, by: Actor, request: &Request) -> Result<Option<Begun>> {
    let order = order.cancel_unpaid(by, EventId::new(clock::fresh_id()), request.now)?;
    let pet = app.store.pet_fetch(order.scope, order.pet_id).await?;
    let pet = pet.ok_or(Error::fault("the order's pet is gone"))?;
    // A round that was refused may have read the pet of another moment; the versions decide.
    let Ok(pet) = pet.release(order.id, EventId::new(clock::fresh_id()), request.now) else {
        return Ok(None);
    };
    fault::point("cancel.before_commit");
    let commit = app.store.transaction().replace("order", &order).replace("pet", &pet).commit().await?;
    fault::point("cancel.after_commit");
    Ok((commit == Commit::Done).then_some(Begun::Cancelled))
}

async fn give_back(app: &App, order: &Order, id: RefundId, since: Timestamp) -> Result<Answer> {
    let payment = refund::paid_payment(&app.store, order).await?;
    let outcome = ask::refund(app, id, &payment, since, clock::now()).await;
    let outcome = outcome.map_err(|silent| Error::unavailable("payment provider", silent))?;
    fault::point("refund.after_provider");
    match refund::settle(&app.store, (order.scope, order.id), id, outcome).await? {
        RefundOutcome::Refunded => Ok(Answer::no_content()),
        RefundOutcome::Refused => Err(Error::conflict(
            "refund_refused",
            "The payment provider refuses the refund; the order stays paid.",
        )),
    }
}
