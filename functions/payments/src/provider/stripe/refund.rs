//! Step 2 of a refund: all of a charge goes back.

use std::collections::HashMap;

use domain::id::RefundId;
use domain::payment::{Payment, RefundOutcome};
use serde::Deserialize;

use super::Stripe;
use super::answer::List;
use super::form::Form;
use super::http::Failure;
use super::refusal::{Kind, Refusal};
use crate::provider::Silent;

const REFUNDS: &str = "/v1/refunds";

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Deserialize)]
struct Refund {
    id: String,
    status: RefundStatus,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefundStatus {
    Succeeded,
    Failed,
    Canceled,
    /// `pending`, `requires_action`, and whatever Stripe may add.
    #[serde(other)]
    Pending,
}

impl Stripe {
    pub(in crate::provider) async fn refund(
        &self,
        id: RefundId,
        payment: &Payment,
    ) -> Result<RefundOutcome, Silent> {
        let form = of_charge(payment)?
            .with("metadata[refund_id]", &id.to_string())
            .with("metadata[payment_id]", &payment.id.to_string())
            .with("metadata[order_id]", &payment.order_id.to_string())
            .with("metadata[pool]", &payment.scope.to_string());
        let asked: Result<Refund, _> = self.http.post(REFUNDS, Some(id.uuid()), form).await;
        match asked {
            Ok(refund) => match refund.outcome() {
                Some(outcome) => Ok(outcome),
                // A repeated POST gives its first answer again; the refund may have moved on since.
                None => self.fresh_refund(&refund.id).await?.outcome().ok_or_else(pending),
            },
            Err(Failure::Refused(refusal)) => self.refused_refund(id, payment, refusal).await,
            Err(Failure::Silent(silent)) => Err(silent),
        }
    }

    pub(in crate::provider) async fn find_refund(
        &self,
        id: RefundId,
        payment: &Payment,
    ) -> Result<Option<RefundOutcome>, Silent> {
        let refunds: List<Refund> = self.http.get(REFUNDS, of_charge(payment)?.with("limit", "100")).await?;
        let is_ours = |refund: &&Refund| refund.metadata.get("refund_id") == Some(&id.to_string());
        match refunds.data.iter().find(is_ours) {
            Some(refund) => refund.outcome().ok_or_else(pending).map(Some),
            None => Ok(None),
        }
    }

    /// What an error means. A refused refund is tried again under another id, which cannot pay back twice: Stripe
    /// refunds no more than was charged.
    async fn refused_refund(
        &self,
        id: RefundId,
        payment: &Payment,
        refusal: Refusal,
    ) -> Result<RefundOutcome, Silent> {
        match (refusal.kind(), refusal.code()) {
            (Kind::Request, Some("charge_already_refunded")) => Ok(RefundOutcome::Refunded),
            (Kind::Request | Kind::Card, Some(_)) => Ok(RefundOutcome::Refused),
            (Kind::Later, _) => Err(refusal.into()),
            _ => self.find_refund(id, payment).await?.ok_or_else(|| refusal.into()),
        }
    }

    async fn fresh_refund(&self, id: &str) -> Result<Refund, Silent> {
        Ok(self.http.get(&format!("{REFUNDS}/{id}"), Form::new()).await?)
    }
}

impl Refund {
    /// How it ended; `None` while it may end either way.
    fn outcome(&self) -> Option<RefundOutcome> {
        match self.status {
            RefundStatus::Succeeded => Some(RefundOutcome::Refunded),
            RefundStatus::Failed | RefundStatus::Canceled => Some(RefundOutcome::Refused),
            RefundStatus::Pending => None,
        }
    }
}

fn pending() -> Silent {
    Silent::AtWork("the refund is pending")
}

/// Names the charge of `payment`, by itself or by its intent.
fn of_charge(payment: &Payment) -> Result<Form, Silent> {
    let approval = payment.approval.as_ref().ok_or_else(|| Silent::because("the payment has no charge"))?;
    let transaction = &approval.transaction_id;
    let name = if transaction.starts_with("pi_") { "payment_intent" } else { "charge" };
    Ok(Form::new().with(name, transaction))
}
