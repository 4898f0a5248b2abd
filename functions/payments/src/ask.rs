//! Step 2 of a payment and of a refund: what the provider is asked, whoever asks.
//!
//! Within 23 hours of its start an operation is asked for, again and again, under its own id: the provider does it once
//! and answers what it answered. After that it may have forgotten the id and would do it twice, so from then on it is only
//! asked what it knows.

use domain::Timestamp;
use domain::id::RefundId;
use domain::order::is_look_up_only;
use domain::payment::{ChargeOutcome, Payment, RefundOutcome};

use crate::App;
use crate::provider::Silent;

/// How the charge of `payment`, begun at `since`, ends.
///
/// # Errors
/// [`Silent`] when that is not known, or when the provider knows of no such charge and may not be asked for one.
pub(crate) async fn charge(
    app: &App,
    payment: &Payment,
    since: Timestamp,
    now: Timestamp,
) -> Result<ChargeOutcome, Silent> {
    match is_look_up_only(since, now) {
        false => app.provider.charge(payment).await,
        true => app.provider.find_charge(payment).await?.ok_or_else(unknown),
    }
}

/// How the refund `id` of `payment`, begun at `since`, ends.
///
/// # Errors
/// As [`charge`].
pub(crate) async fn refund(
    app: &App,
    id: RefundId,
    payment: &Payment,
    since: Timestamp,
    now: Timestamp,
) -> Result<RefundOutcome, Silent> {
    match is_look_up_only(since, now) {
        false => app.provider.refund(id, payment).await,
        true => app.provider.find_refund(id, payment).await?.ok_or_else(unknown),
    }
}

fn unknown() -> Silent {
    Silent::because("it knows of no such operation, which is too old to be asked for again")
}
