//! The name of a delivery.

use std::fmt;

use uuid::Uuid;

use crate::id::{EndpointId, EventId, RequestId, parse_uuid};

/// Names a delivery by what it is made of: the target (endpoint or callback request) and the event. A replayed stream
/// record derives the same id, so it makes the same row; and the row's key follows from the id, so no index is paid
/// for. Printed as two UUIDs joined by `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId {
    target: Uuid,
    event: Uuid,
}

impl DeliveryId {
    /// The delivery of `event` to `endpoint`.
    #[must_use]
    pub const fn webhook(endpoint: EndpointId, event: EventId) -> Self {
        Self { target: endpoint.uuid(), event: event.uuid() }
    }

    /// The delivery of a callback request's result.
    #[must_use]
    pub const fn callback(request: RequestId) -> Self {
        Self { target: request.uuid(), event: request.uuid() }
    }

    /// The endpoint; `None` for a callback, whose request is target and event in one.
    #[must_use]
    pub fn endpoint(&self) -> Option<EndpointId> {
        (self.target != self.event).then(|| EndpointId::new(self.target))
    }

    /// Endpoint or callback request.
    #[must_use]
    pub const fn target(&self) -> Uuid {
        self.target
    }

    /// The event's id, or the callback request's; the `webhook-id`.
    #[must_use]
    pub const fn event(&self) -> Uuid {
        self.event
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (target, event) = text.split_once('_')?;
        Some(Self { target: parse_uuid(target).ok()?, event: parse_uuid(event).ok()? })
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.target.hyphenated(), self.event.hyphenated())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::DeliveryId;
    use crate::id::{EndpointId, EventId};

    proptest! {
        #[test]
        fn ids_are_read_back(target in 1..u128::MAX, event in 1..u128::MAX) {
            let id = DeliveryId::webhook(EndpointId::new(Uuid::from_u128(target)), EventId::new(Uuid::from_u128(event)));
            prop_assert_eq!(DeliveryId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in ["", "_", "019b4139-1234-7abc-8def-123456789abc", "a_b"] {
            assert_eq!(DeliveryId::parse(text), None);
        }
    }
}
