//! Stream records back into domain types.

use domain::callback::CallbackRequest;
use domain::id::OrderId;
use domain::order::Order;
use domain::payment::Payment;
use domain::pet::Pet;
use domain::{Result, Scope};

use crate::callback::CallbackRow;
use crate::error::RowError;
use crate::key::{last_part, scope_of};
use crate::order::OrderRow;
use crate::payment::PaymentRow;
use crate::pet::PetRow;

/// What a record is about: the item's new image, as the write left it.
#[derive(Clone, Debug)]
pub enum Image {
    /// An order.
    Order(Box<Order>),
    /// A settled payment.
    Payment(Box<Payment>),
    /// A callback request.
    Callback(Box<CallbackRequest>),
    /// A pet.
    Pet(Box<Pet>),
}

/// Reads a new image; `None` for an item that carries no events.
///
/// # Errors
/// [`domain::Error::Unreadable`] when the image cannot be read: the record is poison.
pub fn parse(item: serde_dynamo::Item) -> Result<Option<Image>> {
    let (pk, sk) = (text(&item, "pk")?, text(&item, "sk")?);
    Ok(match sk.split('#').next() {
        Some("ORDER") => Some(Image::Order(Box::new(from::<OrderRow>(item)?.try_into()?))),
        Some("PAY") => {
            let scope = scope_of(&pk).ok_or(RowError::Attribute("pk"))?;
            let order = OrderId::parse(last_part(&pk)).map_err(|_| RowError::Attribute("pk"))?;
            Some(Image::Payment(Box::new(from::<PaymentRow>(item)?.read((order, scope))?)))
        }
        Some("CB") => Some(Image::Callback(Box::new(from::<CallbackRow>(item)?.try_into()?))),
        Some("PET") => Some(Image::Pet(Box::new(from::<PetRow>(item)?.try_into()?))),
        _ => None,
    })
}

/// The item's version; 0 when it has none. A record whose version did not change tells nothing new.
#[must_use]
pub fn version(item: &serde_dynamo::Item) -> u64 {
    match item.get("version") {
        Some(serde_dynamo::AttributeValue::N(number)) => number.parse().unwrap_or_default(),
        _ => 0,
    }
}

/// The pool of a record, as far as its key can be read.
#[must_use]
pub fn scope(item: &serde_dynamo::Item) -> Option<Scope> {
    scope_of(&text(item, "pk").ok()?)
}

fn text(item: &serde_dynamo::Item, name: &'static str) -> std::result::Result<String, RowError> {
    match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Ok(text.clone()),
        _ => Err(RowError::Attribute(name)),
    }
}

fn from<T: serde::de::DeserializeOwned>(item: serde_dynamo::Item) -> std::result::Result<T, RowError> {
    Ok(serde_dynamo::from_item(item)?)
}
