//! Callback requests: `POST /orders/{id}` asks to be told at a URL when the order is settled.
//!
//! A request ends exactly once: settled by the order's own events, or timed out while the order is still unpaid.

mod secrets;

use serde::{Deserialize, Serialize};

use crate::id::{OrderId, RequestId, UserId};
use crate::money::{Currency, Money};
use crate::order::{Charge, Order, OrderStatus};
use crate::tenant::Scope;
use crate::time::Timestamp;
use crate::webhook::Sealed;
use crate::wire::wire_enum;

pub use secrets::CallbackSecrets;

/// Open requests an order may have at a time.
pub const OPEN_MAX: usize = 5;
/// Requests an order may have in all.
pub const TOTAL_MAX: usize = 20;

wire_enum! {
    /// Where a callback request stands; `COMPLETED` and `FAILED` are the contract's, delivered to the URL.
    CallbackStatus { Pending = "PENDING", Completed = "COMPLETED", Failed = "FAILED" }
}

/// Why a request failed; `result.reason` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// Amount or currency differ from the order's.
    AmountMismatch,
    /// The order was cancelled.
    OrderCancelled,
    /// Nobody paid in time.
    TimedOut,
}

impl FailureReason {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AmountMismatch => "amount_mismatch",
            Self::OrderCancelled => "order_cancelled",
            Self::TimedOut => "timed_out",
        }
    }
}

/// `result` on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub enum CallbackResult {
    Completed { transaction_id: String, processing_details: ProcessingDetails },
    Failed { reason: String },
}

/// Who processed a charge (contract 3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct ProcessingDetails {
    pub processor: String,
    pub approval_code: String,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// `COMPLETED` or `FAILED`.
    pub status: CallbackStatus,
    /// What is reported.
    pub result: CallbackResult,
    /// When.
    pub at: Timestamp,
}

/// A callback request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRequest {
    /// Its id, the callback's `webhook-id`.
    pub id: RequestId,
    /// The order it asks about.
    pub order_id: OrderId,
    /// The pool of both.
    pub scope: Scope,
    /// Who asked; a guest's request has its own secret.
    pub caller: Option<UserId>,
    /// The amount the caller expects, as minor units, and the currency it named (any text is accepted).
    pub amount_minor: Option<i64>,
    /// The currency the caller named.
    pub currency: String,
    /// Where to call, sealed: it may hold the receiver's secrets.
    pub url: Sealed,
    /// The URL's host, the only part ever shown.
    pub host: String,
    /// Tells equal requests of one caller: an HMAC over caller and body.
    pub fingerprint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it times out.
    pub deadline: Timestamp,
    /// How it ended; `None` while it waits.
    pub settlement: Option<Settlement>,
    /// Counts every change from 1.
    pub version: u64,
}

/// What binds a request's sealed URL to it, so that one request's URL cannot stand in another's row.
#[must_use]
pub fn url_context(scope: Scope, id: RequestId) -> String {
    format!("callback-url|{scope}|{id}")
}

impl CallbackRequest {
    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> CallbackStatus {
        self.settlement.as_ref().map_or(CallbackStatus::Pending, |settlement| settlement.status)
    }

    /// What `order` decides for this request now; `None` while it has to wait.
    #[must_use]
    pub fn decide(&self, order: &Order, now: Timestamp) -> Option<Settlement> {
        let failed = |reason| Some(Settlement::failed(reason, now));
        if order.status == OrderStatus::Cancelled {
            return failed(FailureReason::OrderCancelled);
        }
        if !self.expects(&order.total) {
            return failed(FailureReason::AmountMismatch);
        }
        let charge = order.charge.as_ref().filter(|_| order.status != OrderStatus::Placed)?;
        Some(Settlement::completed(charge, now))
    }

    /// Ends the request; `None` when it has already ended.
    #[must_use]
    pub fn settle(mut self, settlement: Settlement) -> Option<Self> {
        if self.settlement.is_some() {
            return None;
        }
        self.version += 1;
        self.settlement = Some(settlement);
        Some(self)
    }

    /// Whether it waited too long.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.settlement.is_none() && self.deadline <= now
    }

    fn expects(&self, total: &Money) -> bool {
        Currency::parse(&self.currency) == Some(total.currency)
            && self.amount_minor == Some(total.amount_minor)
    }

    /// The body delivered to the URL (contract 3.1); `None` while nothing is settled.
    ///
    /// # Errors
    /// When JSON cannot be written, which no value of these types causes.
    pub fn render(&self) -> Result<Option<String>, serde_json::Error> {
        let Some(settlement) = &self.settlement else { return Ok(None) };
        let body = CallbackBody {
            request_id: self.id,
            order_id: self.order_id,
            status: settlement.status,
            result: &settlement.result,
            timestamp: settlement.at.as_secs().to_string(),
        };
        serde_json::to_string(&body).map(Some)
    }
}

impl Settlement {
    /// The order was paid by `charge`.
    #[must_use]
    pub fn completed(charge: &Charge, at: Timestamp) -> Self {
        let processing_details = ProcessingDetails {
            processor: charge.processor.clone(),
            approval_code: charge.approval_code.clone(),
        };
        let result =
            CallbackResult::Completed { transaction_id: charge.transaction_id.clone(), processing_details };
        Self { status: CallbackStatus::Completed, result, at }
    }

    /// The request failed for `reason`.
    #[must_use]
    pub fn failed(reason: FailureReason, at: Timestamp) -> Self {
        let result = CallbackResult::Failed { reason: reason.as_str().to_owned() };
        Self { status: CallbackStatus::Failed, result, at }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallbackBody<'a> {
    request_id: RequestId,
    order_id: OrderId,
    status: CallbackStatus,
    result: &'a CallbackResult,
    timestamp: String,
}

/// The polling resource (`GET /orders/{id}/callbacks/{requestId}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the contract's own words")]
pub struct CallbackView {
    pub request_id: RequestId,
    pub order_id: OrderId,
    pub status: CallbackStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<CallbackResult>,
    pub callback_host: String,
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<String>,
    pub delivery_id: String,
}

impl From<&CallbackRequest> for CallbackView {
    fn from(request: &CallbackRequest) -> Self {
        Self {
            request_id: request.id,
            order_id: request.order_id,
            status: request.status(),
            result: request.settlement.as_ref().map(|settlement| settlement.result.clone()),
            callback_host: request.host.clone(),
            created_at: request.created_at.to_rfc3339(),
            settled_at: request.settlement.as_ref().map(|settlement| settlement.at.to_rfc3339()),
            delivery_id: crate::delivery::DeliveryId::callback(request.id).to_string(),
        }
    }
}
