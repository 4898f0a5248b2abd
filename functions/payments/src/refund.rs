//! Step 3 of a refund: what the provider said is committed.

use domain::id::{OrderId, RefundId};
use domain::order::{Order, Settled};
use domain::payment::{Payment, RefundOutcome};
use domain::{Error, Result, Scope};
use platform::{clock, fault, metrics};
use store::{Commit, Store};

use crate::settle_ids;

/// The payment that paid `order`.
pub(crate) async fn paid_payment(store: &Store, order: &Order) -> Result<Payment> {
    let charge = order.charge.as_ref().ok_or(Error::fault("a paid order without a charge"))?;
    let payment = store.payment_fetch(order.scope, order.id, charge.payment_id).await?;
    payment.ok_or(Error::fault("a paid order without its payment"))
}

/// Commits the provider's word on the refund `id`; whoever comes second finds it settled.
pub(crate) async fn settle(
    store: &Store,
    (scope, order_id): (Scope, OrderId),
    id: RefundId,
    outcome: RefundOutcome,
) -> Result<RefundOutcome> {
    let ids = settle_ids();
    store::until_committed(async || {
        let order = store.order_fetch(scope, order_id).await?.ok_or(Error::NotFound("order"))?;
        if !order.is_refunding(id) {
            return Ok(Some(outcome));
        }
        let payment = paid_payment(store, &order).await?;
        let Settled { order, payment, .. } = order.settle_refund(payment, outcome, ids, clock::now())?;
        let transaction = store.transaction().replace("order", &order).replace("payment", &payment);
        fault::point("refund.before_commit");
        let commit = match outcome {
            RefundOutcome::Refunded => {
                let pet = store.pet_fetch(scope, order.pet_id).await?;
                let pet = pet.ok_or(Error::fault("the order's pet is gone"))?;
                // Read after the order, the pet may be of a later moment: then the order is decided anew.
                let Ok(pet) = pet.release(order.id, ids.pet_event, clock::now()) else { return Ok(None) };
                transaction.replace("pet", &pet).commit().await?
            }
            RefundOutcome::Refused => {
                metrics::count("RefundRefused", 1);
                transaction.commit().await?
            }
        };
        fault::point("refund.after_commit");
        Ok((commit == Commit::Done).then_some(outcome))
    })
    .await
}
