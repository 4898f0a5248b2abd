//! Events about deliveries themselves, for those who run a receiver. Their ids follow from what they are about and from
//! the hour, so that of all environments and repetitions one row is made: at most one event per endpoint and hour.

use uuid::{Builder, Uuid};

use super::{Event, EventData, EventType};
use crate::delivery::Delivery;
use crate::id::{EndpointId, EventId};
use crate::signature::hmac_sha256;
use crate::time::{HOUR_MS, Timestamp};
use crate::webhook::Endpoint;

impl Event {
    /// `webhook.test`: asked for by hand, under a fresh id.
    #[must_use]
    pub fn test(id: EventId, endpoint: &Endpoint, now: Timestamp) -> Self {
        let data = EventData::Test { endpoint_id: endpoint.id, message: TEST_MESSAGE.to_owned() };
        Self { id, ..Self::about(endpoint, EventType::WebhookTest, data, now) }
    }

    /// `event_type`, which is `endpoint.disabled` or `endpoint.recovered`, about `endpoint` as it is now.
    #[must_use]
    pub fn of_endpoint(endpoint: &Endpoint, event_type: EventType, now: Timestamp) -> Self {
        let data = EventData::Endpoint {
            endpoint_id: endpoint.id,
            host: endpoint.host.clone(),
            status: endpoint.status,
            failing_since: endpoint.failing_since.map(|at| at.to_rfc3339()),
        };
        Self::about(endpoint, event_type, data, now)
    }

    /// `delivery.exhausted`: the last try of `delivery` failed.
    #[must_use]
    pub fn exhausted(endpoint: &Endpoint, delivery: &Delivery, now: Timestamp) -> Self {
        let data = EventData::DeliveryExhausted {
            endpoint_id: endpoint.id,
            delivery_id: delivery.id.to_string(),
            failed_event_type: delivery.event_type,
            attempts: delivery.attempts.len(),
        };
        Self::about(endpoint, EventType::DeliveryExhausted, data, now)
    }

    fn about(endpoint: &Endpoint, event_type: EventType, data: EventData, now: Timestamp) -> Self {
        Self {
            id: id_of_hour(event_type, endpoint.id, now),
            event_type,
            scope: endpoint.scope,
            at: now,
            owner: Some(endpoint.owner),
            order_version: None,
            data,
        }
    }
}

const TEST_MESSAGE: &str = "This is a test. Nothing has happened.";

/// A UUID v7 of the hour's first millisecond whose other bits follow from type and endpoint.
fn id_of_hour(event_type: EventType, endpoint: EndpointId, now: Timestamp) -> EventId {
    let hour_ms = now.as_ms().div_euclid(HOUR_MS) * HOUR_MS;
    let named = format!("{}\n{endpoint}\n{hour_ms}", event_type.as_str());
    let hash = hmac_sha256(b"operational event", &[named.as_bytes()]);
    let mut bits = [0; 10];
    bits.copy_from_slice(&hash[..10]);
    let id: Uuid = Builder::from_unix_timestamp_millis(hour_ms.unsigned_abs(), &bits).into_uuid();
    EventId::new(id)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::id_of_hour;
    use crate::event::EventType;
    use crate::id::EndpointId;
    use crate::time::{HOUR_MS, Timestamp};

    #[test]
    fn an_hour_has_one_id_per_type_and_endpoint() {
        let [a, b] = [1, 2].map(|n| EndpointId::new(Uuid::from_u128(n)));
        let at = |ms| Timestamp::from_ms(500_000 * HOUR_MS + ms);
        let id = id_of_hour(EventType::EndpointDisabled, a, at(0));
        assert_eq!(id, id_of_hour(EventType::EndpointDisabled, a, at(HOUR_MS - 1)));
        assert_ne!(id, id_of_hour(EventType::EndpointDisabled, a, at(HOUR_MS)));
        assert_ne!(id, id_of_hour(EventType::EndpointDisabled, b, at(0)));
        assert_ne!(id, id_of_hour(EventType::EndpointRecovered, a, at(0)));
        assert_eq!(id.uuid().get_version_num(), 7);
    }
}
