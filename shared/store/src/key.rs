//! Every key of both tables is built here, the pool first: nothing is looked up without a [`Scope`], which is a tenant's id
//! or `shared`.
//!
//! State, which is streamed ([`Table::State`](crate::schema::Table::State)):
//!
//! | what | pk | sk |
//! |---|---|---|
//! | tenant | `T#<scope>` | `TENANT` |
//! | invitation into it | `T#<scope>#V#<hash>` | `INVITATION` |
//! | user, with profile, password's hash and roles | `T#<scope>#U#<user>` | `USER` |
//! | whose a name is | `T#<scope>#N#<name>` | `USERNAME`, `EMAIL` |
//! | client of OAuth | `T#<scope>#A` | `<client>` |
//! | authorization code, until a day after its minute | `T#<scope>#H#<client>#<hash>` | `CODE` |
//! | family of refresh tokens | `T#<scope>#R#<user>` | `<family>` |
//! | device that waits for consent | `T#<scope>#W#<device>` | `DEVICE` |
//! | which device a user code means | `T#shared#Y#<hash>` | `DEVICE` |
//! | pet | `T#<scope>#P#<pet>` | `PET` |
//! | order, with its running payment or refund | `T#<scope>#O#<order>` | `ORDER` |
//! | its settled payments | `T#<scope>#O#<order>` | `PAY#<payment>` |
//! | its callback requests | `T#<scope>#O#<order>` | `CB#<request>` |
//! | idempotency record, 24 h | `T#<scope>#I#<hash>` | `KEY` |
//! | what is counted until a time | `T#<scope>#C#<what>#<seconds>` | `COUNT` |
//! | open orders of a user or an address | `T#<scope>#C#<user or hash>` | `OPEN` |
//! | where the pruning of photos goes on | `T#shared#X` | `PRUNING` |
//! | the simulator's ledger | `T#<scope>#L#<operation>` | `LEDGER` |
//!
//! What is not streamed ([`Table::Deliveries`](crate::schema::Table::Deliveries)):
//!
//! | what | pk | sk |
//! |---|---|---|
//! | endpoint | `T#<scope>#E` (shared pool: `…#<user>`) | `<endpoint>` |
//! | guard of new endpoints | `T#<scope>#G` (shared pool: `…#<user>`) | `GUARD` |
//! | which secrets sign a user's callbacks | `T#<scope>#S#<user>` | `CALLBACKS` |
//! | breaker of a lane | `T#<scope>#B#<lane>` | `BREAKER` |
//! | recovery of an endpoint | `T#<scope>#J#<endpoint>` | `RECOVERY` |
//! | delivery, with its tries | `T#<scope>#D#<target>#<day>#<shard>` | `<event>` |
//! | stream record that nobody can read, 30 d | `T#<scope>#Q#<day>` | `<sequence>` |
//! | a pet's place in the catalogue | `T#<scope>#K#P#<pet>` | `PLACE` |
//! | its entry on a shelf | `T#<scope>#K#S<shelf>` | `<pet>` |
//! | tally of a shelf | `T#<scope>#K#A<aisle>` | `N#<shelf>` |
//! | tally of an aisle | `T#<scope>#K` | `N#<aisle>` |
//! | places given out | `T#<scope>#K` | `REGISTER` |

use domain::catalogue::aisle_of;
use domain::delivery::DeliveryId;
use domain::id::{ClientId, DeviceId, EndpointId, OrderId, PaymentId, PetId, RequestId, UserId};
use domain::oauth::{ClientRef, FamilyRef};
use domain::time::DAY_MS;
use domain::{Scope, Timestamp};
use uuid::Uuid;

/// Partitions that one pool's orders are spread over in the `feed` index.
pub const FEED_SHARDS: u8 = 8;
/// Partitions of the `work` and `due` indexes.
pub const WORK_SHARDS: u8 = 16;
/// Partitions that one endpoint's deliveries of one day are spread over.
pub const DELIVERY_SHARDS: u8 = 4;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// A private tenant.
    #[must_use]
    pub fn tenant(scope: Scope) -> Self {
        Self::new(format!("T#{scope}"), "TENANT")
    }

    /// A user.
    #[must_use]
    pub fn user(scope: Scope, id: UserId) -> Self {
        Self::new(owner(scope, id), "USER")
    }

    /// The user of a username, which is in lower case.
    #[must_use]
    pub fn username(scope: Scope, folded: &str) -> Self {
        Self::new(format!("T#{scope}#N#{folded}"), "USERNAME")
    }

    /// The user of an e-mail address, which is in lower case.
    #[must_use]
    pub fn email(scope: Scope, folded: &str) -> Self {
        Self::new(format!("T#{scope}#N#{folded}"), "EMAIL")
    }

    /// An invitation; `hash` is of its code.
    #[must_use]
    pub fn invitation(scope: Scope, hash: &str) -> Self {
        Self::new(format!("T#{scope}#V#{hash}"), "INVITATION")
    }

    /// A client of OAuth.
    #[must_use]
    pub fn client(scope: Scope, id: ClientId) -> Self {
        Self::new(clients(scope), id.to_string())
    }

    /// An authorization code of a client; `hash` is of its text.
    #[must_use]
    pub fn authorization_code(client: ClientRef, hash: &str) -> Self {
        Self::new(format!("T#{}#H#{}#{hash}", client.scope, client.id), "CODE")
    }

    /// A family of refresh tokens.
    #[must_use]
    pub fn family(family: FamilyRef) -> Self {
        Self::new(families(family.scope, family.user), family.id.to_string())
    }

    /// A device that waits for a user's consent.
    #[must_use]
    pub fn device(scope: Scope, id: DeviceId) -> Self {
        Self::new(format!("T#{scope}#W#{id}"), "DEVICE")
    }

    /// Which device a user code means; `hash` is a keyed one. Whoever types a code says no pool, so all pools share these.
    #[must_use]
    pub fn user_code(hash: &str) -> Self {
        Self::new(format!("T#{}#Y#{hash}", Scope::Shared), "DEVICE")
    }

    /// A pet.
    #[must_use]
    pub fn pet(scope: Scope, id: PetId) -> Self {
        Self::new(format!("T#{scope}#P#{id}"), "PET")
    }

    /// Where a pet stands in the catalogue.
    #[must_use]
    pub fn pet_place(scope: Scope, id: PetId) -> Self {
        Self::new(format!("T#{scope}#K#P#{id}"), "PLACE")
    }

    /// What the catalogue knows of a pet.
    #[must_use]
    pub fn catalogue_entry(scope: Scope, shelf: u32, id: PetId) -> Self {
        Self::new(catalogue_entries(scope, shelf), id.to_string())
    }

    /// How many pets stand on a shelf.
    #[must_use]
    pub fn catalogue_shelf(scope: Scope, shelf: u32) -> Self {
        Self::new(catalogue_shelves(scope, aisle_of(shelf)), format!("N#{shelf:010}"))
    }

    /// How many pets stand in an aisle.
    #[must_use]
    pub fn catalogue_aisle(scope: Scope, aisle: u32) -> Self {
        Self::new(catalogue(scope), format!("N#{aisle:010}"))
    }

    /// How many places of a pool's catalogue are given out.
    #[must_use]
    pub fn catalogue_register(scope: Scope) -> Self {
        Self::new(catalogue(scope), "REGISTER")
    }

    /// An order.
    #[must_use]
    pub fn order(scope: Scope, id: OrderId) -> Self {
        Self::new(order_collection(scope, id), "ORDER")
    }

    /// A payment in its order's collection.
    #[must_use]
    pub fn payment(scope: Scope, order: OrderId, id: PaymentId) -> Self {
        Self::new(order_collection(scope, order), format!("PAY#{id}"))
    }

    /// A callback request in its order's collection.
    #[must_use]
    pub fn callback(scope: Scope, order: OrderId, id: RequestId) -> Self {
        Self::new(order_collection(scope, order), format!("CB#{id}"))
    }

    /// An idempotency record; `hash` covers caller, operation and key.
    #[must_use]
    pub fn idempotency(scope: Scope, hash: &str) -> Self {
        Self::new(format!("T#{scope}#I#{hash}"), "KEY")
    }

    /// What is counted until `reset`. `what` is a keyed hash where it is a caller's, and otherwise in the clear: an endpoint,
    /// its tests, the host that guests' callbacks go to.
    #[must_use]
    pub fn count(scope: Scope, what: &str, reset: Timestamp) -> Self {
        Self::new(format!("T#{scope}#C#{what}#{}", reset.as_secs()), "COUNT")
    }

    /// The orders that a user, or an address hidden in a hash, holds open.
    #[must_use]
    pub fn open_orders(scope: Scope, holder: &str) -> Self {
        Self::new(format!("T#{scope}#C#{holder}"), "OPEN")
    }

    /// Where the pruning of photos goes on, in the bucket of all pools.
    #[must_use]
    pub fn pruning() -> Self {
        Self::new(format!("T#{}#X", Scope::Shared), "PRUNING")
    }

    /// The simulator's entry for one operation.
    #[must_use]
    pub fn ledger(scope: Scope, operation: Uuid) -> Self {
        Self::new(format!("T#{scope}#L#{operation}"), "LEDGER")
    }

    /// The guard of a pool's endpoints.
    #[must_use]
    pub fn endpoint_guard(scope: Scope, owner: UserId) -> Self {
        let pk = match scope {
            Scope::Tenant(_) => format!("T#{scope}#G"),
            Scope::Shared => format!("T#{scope}#G#{owner}"),
        };
        Self::new(pk, "GUARD")
    }

    /// Which secrets sign a user's callbacks.
    #[must_use]
    pub fn callback_secrets(scope: Scope, user: UserId) -> Self {
        Self::new(format!("T#{scope}#S#{user}"), "CALLBACKS")
    }

    /// The breaker of a lane: an endpoint's id, or a callback target's hash.
    #[must_use]
    pub fn breaker(scope: Scope, lane: &str) -> Self {
        Self::new(format!("T#{scope}#B#{lane}"), "BREAKER")
    }

    /// The recovery of an endpoint's deliveries.
    #[must_use]
    pub fn recovery(scope: Scope, endpoint: EndpointId) -> Self {
        Self::new(format!("T#{scope}#J#{endpoint}"), "RECOVERY")
    }

    /// A delivery. Its day is that of the event, whose id begins with its time.
    #[must_use]
    pub fn delivery(scope: Scope, id: DeliveryId) -> Self {
        let event = id.event();
        Self::new(
            delivery_bucket(scope, id.target(), day(event), shard(event, DELIVERY_SHARDS)),
            event.to_string(),
        )
    }

    /// A record that nobody can read, kept for a person to look at.
    #[must_use]
    pub fn quarantine(scope: Scope, at: Timestamp, sequence: &str) -> Self {
        Self::new(format!("T#{scope}#Q#{}", at.as_ms() / DAY_MS), sequence)
    }
}

/// The partition of a user's families.
#[must_use]
pub fn families(scope: Scope, user: UserId) -> String {
    format!("T#{scope}#R#{user}")
}

/// The partition of a pool's clients.
#[must_use]
pub fn clients(scope: Scope) -> String {
    format!("T#{scope}#A")
}

/// The partition of a pool's aisles.
#[must_use]
pub fn catalogue(scope: Scope) -> String {
    format!("T#{scope}#K")
}

/// The partition of an aisle's shelves.
#[must_use]
pub fn catalogue_shelves(scope: Scope, aisle: u32) -> String {
    format!("T#{scope}#K#A{aisle}")
}

/// The partition of a shelf's entries.
#[must_use]
pub fn catalogue_entries(scope: Scope, shelf: u32) -> String {
    format!("T#{scope}#K#S{shelf}")
}

/// The number of the aisle or shelf that a tally is of.
pub(crate) fn place_of(sk: &str) -> Option<u32> {
    sk.strip_prefix("N#")?.parse().ok()
}

/// The partition of an order, its payments and callback requests.
#[must_use]
pub fn order_collection(scope: Scope, id: OrderId) -> String {
    format!("T#{scope}#O#{id}")
}

/// The partition of a user's orders in the `owner` index, and of the user.
#[must_use]
pub fn owner(scope: Scope, id: UserId) -> String {
    format!("T#{scope}#U#{id}")
}

/// The user of an `owner` partition.
pub(crate) fn owner_of(partition: &str) -> Option<UserId> {
    UserId::parse(partition.rsplit_once("#U#")?.1).ok()
}

/// One partition of a pool's orders in the `feed` index.
#[must_use]
pub fn order_feed(scope: Scope, shard: u8) -> String {
    format!("T#{scope}#ORDERS#{shard}")
}

/// The endpoints that hear of an event: the tenant's, or in the shared pool one user's.
#[must_use]
pub fn endpoints(scope: Scope, owner: UserId) -> String {
    match scope {
        Scope::Tenant(_) => format!("T#{scope}#E"),
        Scope::Shared => format!("T#{scope}#E#{owner}"),
    }
}

/// One partition of an endpoint's deliveries of one day.
#[must_use]
pub fn delivery_bucket(scope: Scope, target: Uuid, day: i64, shard: u8) -> String {
    format!("T#{scope}#D#{target}#{day}#{shard}")
}

/// The delivery behind a key: target and event are in it.
pub(crate) fn delivery_id(pk: &str, sk: &str) -> Option<DeliveryId> {
    let target = pk.split('#').nth(3)?;
    DeliveryId::parse(&format!("{target}_{sk}"))
}

/// The partition of recoveries in the `due` index.
pub const RECOVERIES: &str = "RECOVERY";

/// One partition of the `due` index: what a message is on its way for lies apart from what the sweeper has to send, for
/// only the latter is looked at ahead of its time.
#[must_use]
pub fn due(is_sent: bool, shard: u8) -> String {
    format!("{}#{shard:02}", if is_sent { "SENT" } else { "DUE" })
}

/// Whether a `due` partition holds what a message is on its way for.
pub(crate) fn is_sent(partition: &str) -> bool {
    partition.starts_with("SENT#")
}

/// The shard of an id, by its last, random byte.
#[must_use]
pub const fn shard(id: Uuid, shards: u8) -> u8 {
    id.as_bytes()[15] % shards
}

/// Days since the epoch at which a UUID v7 was made.
#[must_use]
pub fn day(id: Uuid) -> i64 {
    let bytes = id.as_bytes();
    let millis = bytes[..6].iter().fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
    millis / DAY_MS
}

/// The pool of a key of ours; `None` for a text that is none.
#[must_use]
pub fn scope_of(pk: &str) -> Option<Scope> {
    Scope::parse(pk.strip_prefix("T#")?.split('#').next()?)
}

/// The id behind the last `#` of `text`.
pub(crate) fn last_part(text: &str) -> &str {
    text.rsplit('#').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use domain::delivery::DeliveryId;
    use domain::id::{EndpointId, EventId, OrderId};
    use domain::{Scope, TenantId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{Key, last_part, scope_of};

    proptest! {
        #[test]
        fn keys_lead_back_to_their_parts(tenant in 1..u128::MAX, order in 1..u128::MAX) {
            let scope = Scope::Tenant(TenantId::new(Uuid::from_u128(tenant)));
            let order = OrderId::new(Uuid::from_u128(order));
            let key = Key::order(scope, order);
            prop_assert_eq!(scope_of(&key.pk), Some(scope));
            prop_assert_eq!(OrderId::parse(last_part(&key.pk)), Ok(order));
        }

        #[test]
        fn two_pools_never_share_a_key(a in 1..u128::MAX, b in 1..u128::MAX, id in 1..u128::MAX) {
            prop_assume!(a != b);
            let key = |tenant| Key::order(Scope::Tenant(TenantId::new(Uuid::from_u128(tenant))), OrderId::new(Uuid::from_u128(id)));
            prop_assert_ne!(key(a), key(b));
            prop_assert_ne!(key(a), Key::order(Scope::Shared, OrderId::new(Uuid::from_u128(id))));
        }
    }

    #[test]
    fn a_delivery_lies_on_its_events_day() {
        let event = EventId::parse("019b4139-1234-7abc-8def-123456789abc").unwrap();
        let endpoint = EndpointId::parse("019b4139-1234-7abc-8def-123456789abd").unwrap();
        let key = Key::delivery(Scope::Shared, DeliveryId::webhook(endpoint, event));
        assert_eq!(key.pk, format!("T#shared#D#{endpoint}#20443#0"));
        assert_eq!(super::delivery_id(&key.pk, &key.sk), Some(DeliveryId::webhook(endpoint, event)));
    }
}
