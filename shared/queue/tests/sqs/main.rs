//! The queues over HTTP: on the emulator that the local stack embeds, and against answers it never gives.
#![expect(clippy::unwrap_used, reason = "tests")]

mod emulator;
mod refusals;
mod server;

use domain::Scope;
use domain::delivery::DeliveryId;
use domain::id::RequestId;
use queue::{DeliveryMessage, Outgoing};
use uuid::Uuid;

/// `n` messages of different deliveries, to be received at once.
fn outgoing(n: u32) -> Vec<Outgoing> {
    (1..=n)
        .map(|attempt| Outgoing { message: message(attempt), delay_secs: 0, group: "a".to_owned() })
        .collect()
}

fn message(attempt: u32) -> DeliveryMessage {
    let delivery_id = DeliveryId::callback(RequestId::new(Uuid::from_u128(attempt.into())));
    DeliveryMessage { scope: Scope::Shared, delivery_id, attempt, hops: 0 }
}
