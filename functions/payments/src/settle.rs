//! Steps 2 and 3 of a payment: ask the provider, then commit what it said.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::id::{OrderId, PaymentId};
use domain::order::Settled;
use domain::payment::{ChargeOutcome, Payment, PaymentStatus};
use domain::{Error, Result, Scope, Timestamp};
use platform::telemetry::Chain;
use platform::{clock, fault};
use store::{Commit, IDEMPOTENCY_LEG, Store};
use web::Idempotency;

use crate::{App, ask, pay, settle_ids};

/// Asks the provider for the payment that was begun at `since`, and settles it. A provider that stays silent, or a
/// database that cannot take the outcome now, leaves the payment `PROCESSING`: `reconcile` goes on from there.
///
/// # Errors
/// When the payment is neither running nor settled: nobody began it.
pub(crate) async fn finish(app: &App, payment: Payment, since: Timestamp) -> Result<Payment> {
    let outcome = match ask::charge(app, &payment, since, clock::now()).await {
        Ok(outcome) => outcome,
        Err(silent) => {
            tracing::warn!(error = %Chain(&silent), "payment left to reconcile");
            return Ok(payment);
        }
    };
    fault::point("pay.after_charge");
    match settle(&app.store, (payment.scope, payment.order_id), payment.id, outcome).await {
        Err(error) if error.is_transient() => {
            tracing::warn!(error = %Chain(&error), "settling left to reconcile");
            Ok(payment)
        }
        settled => settled,
    }
}

/// Commits the provider's word: order, payment and pet in one transaction, conditioned on their versions and decided
/// anew whenever somebody else was faster, for the money has moved.
pub(crate) async fn settle(
    store: &Store,
    (scope, order_id): (Scope, OrderId),
    id: PaymentId,
    outcome: ChargeOutcome,
) -> Result<Payment> {
    let ids = settle_ids();
    // Whether the key's answer is told and kept already (`PROCESSING`): then this outcome is not its answer.
    let is_answered = AtomicBool::new(false);
    store::until_committed(async || {
        let order = store.order_fetch(scope, order_id).await?.ok_or(Error::NotFound("order"))?;
        if order.running_payment(id).is_none() {
            return already_settled(store, scope, order_id, id).await.map(Some);
        }
        let now = clock::now();
        let Settled { order, payment, key } = order.settle_payment(outcome.clone(), ids, now)?;
        let key = key.filter(|_| !is_answered.load(Ordering::Relaxed)).map(Idempotency::from);
        let record = key.map(|key| key.completed(&pay::answer(&payment)));
        let transaction = store.transaction().replace("order", &order).create("payment", &payment);
        let transaction = transaction.idempotency(scope, record.as_ref(), now);
        fault::point("settle.before_commit");
        let commit = match payment.status {
            PaymentStatus::Succeeded => {
                let pet = store.pet_fetch(scope, order.pet_id).await?;
                let pet = pet.ok_or(Error::fault("the order's pet is gone"))?;
                // Read after the order, the pet may be of a later moment: then the order is decided anew.
                let Ok(pet) = pet.adopt(order.id, ids.pet_event, now) else { return Ok(None) };
                transaction.replace("pet", &pet).commit().await?
            }
            _ => transaction.commit().await?,
        };
        fault::point("settle.after_commit");
        is_answered.fetch_or(commit.refused_by(IDEMPOTENCY_LEG), Ordering::Relaxed);
        Ok((commit == Commit::Done).then_some(payment))
    })
    .await
}

async fn already_settled(store: &Store, scope: Scope, order: OrderId, id: PaymentId) -> Result<Payment> {
    store.payment_fetch(scope, order, id).await?.ok_or(Error::NotFound("payment"))
}
