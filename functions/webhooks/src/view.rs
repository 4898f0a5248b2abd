//! How endpoints and deliveries look on the wire. An endpoint's URL is shown to those who manage it; its secret once.

use domain::delivery::{Attempt, Delivery, DeliveryStatus, Target};
use domain::event::EventType;
use domain::id::{EndpointId, UserId};
use domain::time::SECOND_MS;
use domain::webhook::{Endpoint, EndpointStatus};
use domain::{Result, TenantId};
use serde::Serialize;

use crate::App;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointView {
    id: EndpointId,
    url: String,
    events: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Values may be secrets. Not called `headers`, which are a map in requests: so the answer can be sent back.
    header_names: Vec<String>,
    retry_schedule: Vec<i64>,
    rate_limit: Option<u32>,
    asymmetric_signature: bool,
    status: EndpointStatus,
    created_at: String,
    updated_at: String,
    tenant_id: Option<TenantId>,
    /// Shown in the answer that made it, never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
}

impl EndpointView {
    pub(crate) fn of(app: &App, endpoint: &Endpoint) -> Result<Self> {
        let context = Endpoint::context(endpoint.scope, endpoint.id, "url");
        Ok(Self {
            id: endpoint.id,
            url: app.edge.keys().open(&context, &endpoint.url)?,
            events: endpoint.subscription.words(),
            description: endpoint.description.clone(),
            header_names: endpoint.headers.keys().cloned().collect(),
            retry_schedule: endpoint.schedule.steps_ms().iter().map(|step| step / SECOND_MS).collect(),
            rate_limit: endpoint.rate,
            asymmetric_signature: endpoint.signs_v1a,
            status: endpoint.status,
            created_at: endpoint.created_at.to_rfc3339(),
            updated_at: endpoint.updated_at.to_rfc3339(),
            tenant_id: endpoint.scope.tenant_id(),
            secret: None,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryView {
    id: String,
    kind: &'static str,
    endpoint_id: Option<EndpointId>,
    event_type: Option<EventType>,
    webhook_id: String,
    status: DeliveryStatus,
    /// The number of the next try.
    attempt: u32,
    next_attempt_at: Option<String>,
    created_at: String,
    attempts: Vec<AttemptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptView {
    number: u32,
    at: String,
    duration_ms: u32,
    status: Option<u16>,
    failure: Option<String>,
    /// The first bytes of the answer, for the endpoint's owner only, and not in lists.
    answer: Option<String>,
}

impl DeliveryView {
    /// What `viewer` may see of `delivery`.
    pub(crate) fn of(delivery: &Delivery, viewer: UserId) -> Self {
        let owner = match &delivery.target {
            Target::Endpoint { owner, .. } => Some(*owner),
            Target::Callback { caller, .. } => *caller,
        };
        Self::showing(delivery, owner == Some(viewer))
    }

    /// As one of many: a hundred of them, each with thirty answers of 4 KiB, would be more than Lambda can return.
    pub(crate) fn listed(delivery: &Delivery) -> Self {
        Self::showing(delivery, false)
    }

    fn showing(delivery: &Delivery, answers: bool) -> Self {
        let (kind, endpoint_id) = match &delivery.target {
            Target::Endpoint { id, .. } => ("webhook", Some(*id)),
            Target::Callback { .. } => ("callback", None),
        };
        Self {
            id: delivery.id.to_string(),
            kind,
            endpoint_id,
            event_type: delivery.event_type,
            webhook_id: delivery.id.event().to_string(),
            status: delivery.status,
            attempt: delivery.attempt,
            next_attempt_at: delivery.next_try_at().map(|at| at.to_rfc3339()),
            created_at: delivery.created_at.to_rfc3339(),
            attempts: delivery.attempts.iter().map(|attempt| AttemptView::of(attempt, answers)).collect(),
        }
    }
}

impl AttemptView {
    fn of(attempt: &Attempt, shows_answer: bool) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at.to_rfc3339(),
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            failure: attempt.failure.clone(),
            answer: attempt.answer.clone().filter(|_| shows_answer),
        }
    }
}
