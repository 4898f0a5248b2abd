//! What a queue message says: which delivery to look at, and which try of it is due. No body, no secret.

use domain::Scope;
use domain::delivery::DeliveryId;
use serde::Deserialize;

/// The schema that this code writes and the highest that it reads.
const VERSION: u8 = 1;

/// Wakes the worker for one try of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryMessage {
    /// The pool of the delivery: its row cannot be found without.
    pub scope: Scope,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The try that is due. A message whose try is not the row's is a leftover and is dropped.
    pub attempt: u32,
    /// How often the delivery went from function to queue without a break. Lambda stops a chain at 16.
    pub hops: u8,
}

/// Why a queue message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It is no JSON of ours.
    #[error("not a delivery message")]
    Json(#[from] serde_json::Error),
    /// It was written by a later release, which can read it when it comes again.
    #[error("a delivery message of version {0}")]
    Version(u8),
    /// A member has no meaning.
    #[error("a delivery message whose {0} cannot be read")]
    Member(&'static str),
}

impl From<MessageError> for domain::Error {
    fn from(error: MessageError) -> Self {
        Self::internal("read a queue message", error)
    }
}

/// Members as they are on the wire; unknown ones are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    v: u8,
    scope: String,
    delivery_id: String,
    attempt: u32,
    hops: u8,
}

impl DeliveryMessage {
    /// The message's JSON. Written by hand, since no member can hold a character that JSON escapes.
    #[must_use]
    pub fn render(&self) -> String {
        let Self { scope, delivery_id, attempt, hops } = self;
        format!(
            r#"{{"v":{VERSION},"scope":"{scope}","deliveryId":"{delivery_id}","attempt":{attempt},"hops":{hops}}}"#
        )
    }

    /// Reads what [`render`](Self::render) writes.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        let wire: Wire = serde_json::from_str(body)?;
        if wire.v > VERSION {
            return Err(MessageError::Version(wire.v));
        }
        let scope = Scope::parse(&wire.scope).ok_or(MessageError::Member("scope"))?;
        let delivery_id = DeliveryId::parse(&wire.delivery_id).ok_or(MessageError::Member("deliveryId"))?;
        Ok(Self { scope, delivery_id, attempt: wire.attempt, hops: wire.hops })
    }
}

#[cfg(test)]
mod tests {
    use domain::Scope;
    use domain::delivery::DeliveryId;
    use domain::id::{RequestId, TenantId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{DeliveryMessage, MessageError};

    fn message(scope: Scope) -> DeliveryMessage {
        let delivery_id = DeliveryId::callback(RequestId::new(Uuid::from_u128(5)));
        DeliveryMessage { scope, delivery_id, attempt: 2, hops: 1 }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(tenant in prop::option::of(1..u128::MAX), attempt: u32, hops: u8) {
            let scope = tenant.map_or(Scope::Shared, |id| Scope::Tenant(TenantId::new(Uuid::from_u128(id))));
            let message = DeliveryMessage { attempt, hops, ..message(scope) };
            prop_assert_eq!(DeliveryMessage::parse(&message.render()).ok(), Some(message));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            prop_assert!(DeliveryMessage::parse(&text).is_err());
        }
    }

    #[test]
    fn members_are_the_documented_ones() {
        let id = "00000000-0000-0000-0000-000000000005";
        let expected = format!(r#"{{"v":1,"scope":"shared","deliveryId":"{id}_{id}","attempt":2,"hops":1}}"#);
        assert_eq!(message(Scope::Shared).render(), expected);
    }

    #[test]
    fn later_releases_may_add_members_and_versions() {
        let more = message(Scope::Shared).render().replace("{", r#"{"lane":"a","#);
        assert!(DeliveryMessage::parse(&more).is_ok());
        let later = more.replace(r#""v":1"#, r#""v":2"#);
        assert!(matches!(DeliveryMessage::parse(&later), Err(MessageError::Version(2))));
    }
}
