//! Reading deliveries: `GET /v1/webhooks/{id}/deliveries`, newest first, and `GET /v1/deliveries/{id}`.

use domain::caller::{Permission, User};
use domain::delivery::{Delivery, DeliveryId, Target};
use domain::id::parse_uuid;
use domain::time::DAY_MS;
use domain::{Error, Result, Scope};
use serde::Serialize;
use store::key;
use uuid::Uuid;
use web::{Answer, Request};

use crate::App;
use crate::endpoint::load;
use crate::view::DeliveryView;

/// Days for which deliveries are kept.
const DAYS_KEPT: i64 = 30;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<DeliveryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<Uuid>,
}

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::AdminWebhooks)?;
    let endpoint = load(app, request).await?;
    let query = request.query();
    let limit = usize::try_from(query.integer("limit", 1..=100, 20)?).unwrap_or(usize::MAX);
    let before = query.parsed("cursor", "a cursor of ours", |text| parse_uuid(text).ok())?;

    let today = request.now.as_ms() / DAY_MS;
    let oldest = (endpoint.created_at.as_ms() / DAY_MS).max(today - DAYS_KEPT);
    let mut day = before.map_or(today, key::day).min(today);
    let mut found = Vec::new();
    while day >= oldest && found.len() < limit {
        let left = limit - found.len();
        let target = endpoint.id.uuid();
        found.extend(app.store.deliveries_of_day(endpoint.scope, target, day, before, left).await?);
        day -= 1;
    }
    let next_cursor = found.last().filter(|_| found.len() == limit).map(|last| last.id.event());
    let data = found.iter().map(|delivery| DeliveryView::of(delivery, user.id)).collect();
    Ok(Answer::ok(Page { data, next_cursor }))
}

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::AdminWebhooks)?;
    let id = DeliveryId::parse(request.param("id"))
        .ok_or_else(|| Error::malformed("id in the path is not two hyphenated UUIDs joined by _"))?;
    let delivery = app.store.delivery_fetch(request.caller.scope, id).await?;
    let delivery =
        delivery.filter(|delivery| is_visible(delivery, &user)).ok_or(Error::NotFound("delivery"))?;
    Ok(Answer::ok(DeliveryView::of(&delivery, user.id)))
}

/// A tenant's deliveries are its administrators'; in the shared pool each sees its own. A callback is its caller's.
fn is_visible(delivery: &Delivery, user: &User) -> bool {
    match (&delivery.target, delivery.scope) {
        (Target::Endpoint { .. }, Scope::Tenant(_)) => true,
        (Target::Endpoint { owner, .. }, Scope::Shared) => *owner == user.id,
        (Target::Callback { caller, .. }, _) => user.staff || *caller == Some(user.id),
    }
}
