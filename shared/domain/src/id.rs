//! Ids: one distinct type per kind of thing, each a bare UUID on the wire (v7 where we make them), so that an
//! order's id can never stand where a pet's is meant.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a hyphenated UUID")]
pub struct NotAnId;

/// Reads a hyphenated UUID of any case: 36 characters.
///
/// # Errors
/// [`NotAnId`] for every other form, braces, URNs and the short form included.
pub fn parse_uuid(text: &str) -> Result<Uuid, NotAnId> {
    let id = Uuid::try_parse(text).map_err(|_| NotAnId)?;
    if text.len() == 36 { Ok(id) } else { Err(NotAnId) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Names `id` as this kind of id.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// Reads the wire form, a hyphenated UUID.
            ///
            /// # Errors
            /// [`NotAnId`] for anything else.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                parse_uuid(text).map(Self)
            }

            /// The bare UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )*};
}

ids! {
    /// A private tenant.
    TenantId
    /// A pet.
    PetId
    /// A user; the `sub` of a token.
    UserId
    /// An order.
    OrderId
    /// A payment; also the provider's idempotency key for its charge.
    PaymentId
    /// A refund; also the provider's idempotency key for it.
    RefundId
    /// A receipt.
    ReceiptId
    /// One `POST /orders/{id}`: the `requestId` and the callback's `webhook-id`.
    RequestId
    /// An event; the `eventId` and the webhooks' `webhook-id`.
    EventId
    /// A webhook endpoint.
    EndpointId
    /// An upload that is to become a photo.
    UploadId
    /// An application that may ask users for access.
    ClientId
    /// The refresh tokens that follow from one consent; the `sid` of their access tokens.
    FamilyId
    /// A device that waits for a user's consent.
    DeviceId
}

impl TenantId {
    /// Reads a tenant's id from a header or an option. Nil and max are no tenants: what has them is a mistake, or a
    /// placeholder.
    ///
    /// # Errors
    /// [`NotAnId`] for them, and for what is no id.
    pub fn parse_named(text: &str) -> Result<Self, NotAnId> {
        Self::parse(text).ok().filter(|id| !id.0.is_nil() && !id.0.is_max()).ok_or(NotAnId)
    }
}

impl ReceiptId {
    /// The receipt of an order. An order is paid at most once, so its receipt needs no index: the id is the order's
    /// with version 8 in place of 7.
    #[must_use]
    pub fn of(order: OrderId) -> Self {
        Self(with_version(order.0, 8))
    }

    /// The order the receipt belongs to.
    #[must_use]
    pub fn order(self) -> OrderId {
        OrderId(with_version(self.0, 7))
    }
}

fn with_version(id: Uuid, version: u8) -> Uuid {
    let mut bytes = *id.as_bytes();
    bytes[6] = bytes[6] & 0x0f | version << 4;
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::{OrderId, ReceiptId, TenantId, parse_uuid};

    #[test]
    fn a_receipt_leads_to_its_order() {
        let order = OrderId::parse("019b4139-1234-7abc-8def-123456789abc").unwrap();
        assert_eq!(ReceiptId::of(order).to_string(), "019b4139-1234-8abc-8def-123456789abc");
        assert_eq!(ReceiptId::of(order).order(), order);
    }

    #[test]
    fn prints_lower_case_what_it_read_in_any_case() {
        let id = OrderId::parse("019B4139-1234-7ABC-8DEF-123456789ABC");
        assert_eq!(id.map(|id| id.to_string()), Ok("019b4139-1234-7abc-8def-123456789abc".to_owned()));
    }

    #[test]
    fn nil_and_max_are_ids_but_name_no_tenant() {
        for text in ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
            assert!(OrderId::parse(text).is_ok() && TenantId::parse_named(text).is_err(), "{text}");
        }
        assert!(TenantId::parse_named("019b4139-1234-7abc-8def-123456789abc").is_ok());
    }

    #[test]
    fn refuses_every_other_form() {
        for text in [
            "",
            "019b413912347abc8def123456789abc",
            "{019b4139-1234-7abc-8def-123456789abc}",
            "urn:uuid:019b4139-1234-7abc-8def-123456789abc",
            "019b4139-1234-7abc-8def-123456789abg",
        ] {
            assert!(parse_uuid(text).is_err(), "{text}");
        }
    }
}
