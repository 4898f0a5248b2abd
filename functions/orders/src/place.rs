//! `POST /v1/orders`: holds a pet for whoever asks.

use domain::id::{EventId, OrderId, PetId, UserId};
use domain::order::{OrderStatus, OrderView, PlaceIds, PlaceOrder, place as decide};
use domain::{Error, FieldError, Result};
use futures_util::future;
use platform::{clock, fault};
use serde::Deserialize;
use serde::de::IgnoredAny;
use store::IDEMPOTENCY_LEG;
use web::{Answer, Request};

use crate::{App, open_orders};
use domain::caller::Permission;

/// The body as the contract shapes it; members that the server sets are read and ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    pet_id: Option<String>,
    user_id: Option<String>,
    status: Option<String>,
    total_amount: Option<String>,
    currency: Option<String>,
    #[serde(default, rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(default, rename = "createdAt")]
    _created_at: Option<IgnoredAny>,
    #[serde(default, rename = "updatedAt")]
    _updated_at: Option<IgnoredAny>,
    #[serde(default, rename = "tenantId")]
    _tenant_id: Option<IgnoredAny>,
}

pub(crate) async fn place(app: &App, request: &Request) -> Result<Answer> {
    request.caller.may(Permission::WriteOrders)?;
    let command = request.json(Body::parse)?;
    commit(app, request, &command, fresh_ids()).await
}

async fn commit(app: &App, request: &Request, command: &PlaceOrder, ids: PlaceIds) -> Result<Answer> {
    let key = request.idempotency()?;
    store::until_committed(async || {
        let pet = app.store.pet_fetch(request.caller.scope, command.pet_id);
        let (open_orders, pet) = future::join(open_orders::with(app, request, ids.order), pet).await;
        let (open_orders, pet) = (open_orders?, pet?.ok_or(Error::NotFound("pet"))?);
        let until = request.now.plus_ms(reservation_ms(app, request));
        let (order, pet) = decide(command, pet, &request.caller, ids, Some(until), request.now)?;
        let location = format!("/v1/orders/{}", order.id);
        let answer = Answer::created(&location, OrderView::from(&order)).version(order.version);
        let record = key.as_ref().map(|key| key.completed(&answer));
        fault::point("place.before_commit");
        let commit = app
            .store
            .transaction()
            .create("order", &order)
            .replace("pet", &pet)
            .open_orders(open_orders.as_ref())
            .idempotency(request.caller.scope, record.as_ref(), request.now)
            .commit()
            .await?;
        fault::point("place.after_commit");
        if commit.refused_by(IDEMPOTENCY_LEG) {
            return Err(web::idempotency::in_use(request.now, request.now));
        }
        Ok((commit == store::Commit::Done).then_some(answer))
    })
    .await
}

fn fresh_ids() -> PlaceIds {
    PlaceIds {
        order: OrderId::new(clock::fresh_id()),
        order_event: EventId::new(clock::fresh_id()),
        pet_event: EventId::new(clock::fresh_id()),
    }
}

fn reservation_ms(app: &App, request: &Request) -> i64 {
    match request.caller.subject() {
        None => app.reservations.anonymous_ms,
        Some(_) => app.reservations.signed_in_ms,
    }
}

impl Body {
    fn parse(self) -> Result<PlaceOrder> {
        let mut errors = Vec::new();
        let pet_id = match &self.pet_id {
            None => refuse(&mut errors, "petId", "required_field", "Is required."),
            Some(text) => PetId::parse(text)
                .ok()
                .or_else(|| refuse(&mut errors, "petId", "invalid_format", "Must be a hyphenated UUID.")),
        };
        let user_id = self.user_id.as_ref().map(|text| {
            UserId::parse(text)
                .ok()
                .or_else(|| refuse(&mut errors, "userId", "invalid_format", "Must be a hyphenated UUID."))
        });
        let status = self.status.as_ref().map(|word| {
            OrderStatus::parse(word)
                .or_else(|| refuse(&mut errors, "status", "invalid_value", "A new order's status is PLACED."))
        });
        let Some(pet_id) = pet_id.filter(|_| errors.is_empty()) else { return Err(Error::Invalid(errors)) };
        Ok(PlaceOrder {
            pet_id,
            user_id: user_id.flatten(),
            status: status.flatten(),
            total_amount: self.total_amount,
            currency: self.currency,
        })
    }
}

fn refuse<T>(errors: &mut Vec<FieldError>, field: &str, code: &'static str, message: &str) -> Option<T> {
    errors.push(FieldError::new(field, code, message));
    None
}
