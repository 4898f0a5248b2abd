//! Reading deliveries: `GET /v1/webhooks/{id}/deliveries`, newest first, and `GET /v1/deliveries/{id}`.

use domain::caller::{Permission, User};
use domain::delivery::{DAYS_KEPT, Delivery, DeliveryId, DeliveryStatus, Target};
use domain::event::EventType;
use domain::id::{UserId, parse_uuid};
use domain::time::DAY_MS;
use domain::{Error, Result, Scope, Timestamp};
use platform::telemetry::Chain;
use serde::Serialize;
use store::key;
use uuid::Uuid;
use web::{Answer, Params, Request};

use crate::App;
use crate::endpoint::load;
use crate::view::DeliveryView;

/// Deliveries that one request looks at: a filter that few pass ends early, and its cursor goes on.
const LOOKED_AT_MAX: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<DeliveryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<Uuid>,
}

/// Which deliveries are wanted.
struct Filter {
    status: Option<DeliveryStatus>,
    event: Option<EventType>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    request.caller.require(Permission::AdminWebhooks)?;
    let endpoint = load(app, request).await?;
    let query = request.query();
    let (limit, mut position, filter) = query.read(|query| {
        let cursor = |text: &str| parse_uuid(text).ok();
        let limit = usize::try_from(query.integer("limit", 1..=100, 20)).unwrap_or(usize::MAX);
        let position = query.parsed("cursor", "a nextCursor from an earlier response", cursor);
        (limit, position, Filter::of(query))
    })?;

    let today = request.now.as_ms() / DAY_MS;
    let oldest =
        [Some(endpoint.created_at), filter.since].into_iter().flatten().map(|at| at.as_ms() / DAY_MS - 1);
    let oldest = oldest.chain([today - DAYS_KEPT]).max().unwrap_or(today);
    let mut day = position.map_or(today, key::day).min(today);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    while day >= oldest && found.len() < limit && looked_at < LOOKED_AT_MAX {
        let target = endpoint.id.uuid();
        let page = app.store.deliveries_of_day(endpoint.scope, target, day, position, limit).await?;
        looked_at += page.deliveries.len() + page.unreadable.len();
        for error in &page.unreadable {
            tracing::error!(error = %Chain(error), "a delivery is left out of a list");
        }
        let mut left = page.deliveries.into_iter();
        while found.len() < limit
            && let Some(delivery) = left.next()
        {
            position = Some(delivery.id.event());
            found.extend(filter.passes(&delivery).then_some(delivery));
        }
        if left.len() == 0 {
            position = page.position.or(position);
            day -= i64::from(page.is_last);
        }
    }
    let next_cursor = position.filter(|_| day >= oldest);
    let data = found.iter().map(DeliveryView::listed).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

impl Filter {
    fn of(query: &Params<'_>) -> Self {
        let time = |name| query.parsed(name, "a time of RFC 3339", Timestamp::parse_rfc3339);
        Self {
            status: query.parsed("status", &DeliveryStatus::words(), DeliveryStatus::parse),
            event: query.parsed("event", &EventType::words(), EventType::parse),
            since: time("since"),
            until: time("until"),
        }
    }

    fn passes(&self, delivery: &Delivery) -> bool {
        self.status.is_none_or(|status| delivery.status == status)
            && self.event.is_none_or(|event| delivery.event_type == Some(event))
            && self.since.is_none_or(|since| delivery.created_at >= since)
            && self.until.is_none_or(|until| delivery.created_at < until)
    }
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let (viewer, delivery) = visible(app, request).await?;
    Ok(Answer::ok(DeliveryView::of(&delivery, viewer)))
}

/// The delivery of the path, and who asks for it.
pub(crate) async fn visible(app: &App, request: &Request) -> Result<(UserId, Delivery)> {
    let user = request.caller.require(Permission::AdminWebhooks)?;
    let id = DeliveryId::parse(request.param("id"))
        .ok_or_else(|| Error::malformed("id in the path is not two hyphenated UUIDs joined by _"))?;
    let delivery = app.store.delivery_fetch(request.caller.scope, id).await?;
    let delivery =
        delivery.filter(|delivery| is_visible(delivery, &user)).ok_or(Error::NotFound("delivery"))?;
    Ok((user.id, delivery))
}

/// A tenant's deliveries are its administrators'; in the shared pool each sees its own. A callback is its caller's.
fn is_visible(delivery: &Delivery, user: &User) -> bool {
    match (&delivery.target, delivery.scope) {
        (Target::Endpoint { .. }, Scope::Tenant(_)) => true,
        (Target::Endpoint { owner, .. }, Scope::Shared) => *owner == user.id,
        (Target::Callback { caller, .. }, _) => user.staff || *caller == Some(user.id),
    }
}
