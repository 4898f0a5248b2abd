//! Placing an order: it takes the pet's price and holds the pet.

use super::{Actor, Order, OrderStatus, TimelineEntry};
use crate::caller::Caller;
use crate::error::{Error, FieldError, Result};
use crate::event::{OrderEvent, OrderEventKind};
use crate::id::{EventId, OrderId, PetId, UserId};
use crate::money::{Currency, Money};
use crate::pet::Pet;
use crate::time::Timestamp;

/// What a client asks when it places an order; each member was parsed, none was compared yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// The pet wanted.
    pub pet_id: PetId,
    /// Whom the order is for; defaults to the caller.
    pub user_id: Option<UserId>,
    /// Must be `PLACED` when sent.
    pub status: Option<OrderStatus>,
    /// Must be the pet's price when sent.
    pub total_amount: Option<String>,
    /// Must be the pet's currency when sent.
    pub currency: Option<String>,
}

/// Fresh ids for the order and for what it causes.
#[derive(Clone, Copy, Debug)]
pub struct PlaceIds {
    /// The order's id; for a guest 74 fresh random bits.
    pub order: OrderId,
    /// The id of `order.created`.
    pub order_event: EventId,
    /// The id of `pet.statusChanged`.
    pub pet_event: EventId,
}

/// Places an order for `pet` and holds the pet until `reserved_until`.
///
/// # Errors
/// [`Error::Invalid`] when what was sent contradicts the pet or the caller; [`Error::Conflict`] when the pet is
/// not available.
pub fn place(
    command: &PlaceOrder,
    pet: Pet,
    caller: &Caller,
    ids: PlaceIds,
    reserved_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Order, Pet)> {
    let user_id = check(command, &pet.profile.price, caller)?;
    let total = pet.profile.price;
    let pet = pet.reserve(ids.order, ids.pet_event, now)?;
    let owner = caller.subject();
    let order = Order {
        id: ids.order,
        scope: caller.scope,
        pet_id: pet.id,
        user_id,
        owner,
        status: OrderStatus::Placed,
        total,
        created_at: now,
        updated_at: now,
        version: 1,
        reserved_until,
        active_operation: None,
        charge: None,
        payment_attempts: 0,
        declines: 0,
        payments_locked_until: None,
        callbacks: 0,
        timeline: vec![TimelineEntry { status: OrderStatus::Placed, at: now, by: Actor::of(owner) }],
        events: vec![OrderEvent { id: ids.order_event, kind: OrderEventKind::Created }],
    };
    Ok((order, pet))
}

/// Collects every breach at once; answers whom the order is for.
fn check(command: &PlaceOrder, price: &Money, caller: &Caller) -> Result<UserId> {
    let mut errors = Vec::new();
    if command.status.is_some_and(|status| status != OrderStatus::Placed) {
        errors.push(FieldError::new("status", "invalid_value", "A new order's status is PLACED."));
    }
    if command.total_amount.as_ref().is_some_and(|sent| !is_amount(sent, price)) {
        errors.push(FieldError::new("totalAmount", "amount_mismatch", "Must equal the pet's price."));
    }
    if command.currency.as_ref().is_some_and(|sent| Currency::parse(sent) != Some(price.currency)) {
        errors.push(FieldError::new("currency", "currency_mismatch", "Must equal the pet's currency."));
    }
    let user_id = match (command.user_id, caller.subject()) {
        (None, Some(subject)) => Some(subject),
        (Some(named), Some(subject)) if named != subject && !caller.is_staff() => {
            errors.push(FieldError::new("userId", "user_mismatch", "Must be the token's subject."));
            None
        }
        (None, None) => {
            errors.push(FieldError::new("userId", "required_field", "An anonymous order must name a user."));
            None
        }
        (named, _) => named,
    };
    match user_id {
        Some(user_id) if errors.is_empty() => Ok(user_id),
        _ => Err(Error::Invalid(errors)),
    }
}

fn is_amount(sent: &str, price: &Money) -> bool {
    Money::parse(sent, price.currency) == Some(*price)
}
