//! Operations that nobody can end: they stand in nobody's way, and somebody is told.

use domain::Scope;
use domain::id::OrderId;
use domain::order::Order;
use domain::time::{HOUR_MS, MINUTE_MS, SECOND_MS};
use e2e::{Card, World, id};
use futures_util::stream::{self, StreamExt};
use payments::provider::{Provider, Stripe};
use payments::reconcile::{self, PER_SHARD, Reconciled};
use platform::clock;
use serde_json::{Value, json};
use store::{Commit, key};

use crate::payments::{after, processing, refunding, status};

#[expect(clippy::unwrap_used, reason = "a test that cannot read the table has failed")]
async fn stored(world: &World, order: &Value) -> Order {
    let id = OrderId::parse(id(order)).unwrap();
    world.store.order_fetch(Scope::Shared, id).await.unwrap().unwrap()
}

/// An id that lies in the same shard of the index as `other`.
fn neighbour(other: OrderId) -> OrderId {
    let shard = |id: OrderId| key::shard(id.uuid(), key::WORK_SHARDS);
    loop {
        let id = OrderId::new(clock::fresh_id());
        if shard(id) == shard(other) {
            return id;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_that_cannot_end_do_not_stand_before_those_that_can() {
    let world = World::bare().await;
    let (guest, staff) = (world.guest(), world.staff());
    let order = processing(&world, &guest, Card::LATE).await;
    // Refunds of a day ago that the provider does not know of, one run's share of the shard.
    let (old, _) = refunding(&world, &staff, 30 * HOUR_MS).await;
    let (newest, old) = (stored(&world, &order).await, stored(&world, &old).await);
    let copies = (0..PER_SHARD).map(|_| Order { id: neighbour(newest.id), version: 1, ..old.clone() });
    let store = &world.store;
    let writes = copies.map(|copy| async move { store.transaction().create("order", &copy).commit().await });
    let written: Vec<_> = stream::iter(writes).buffer_unordered(16).collect().await;
    assert!(written.into_iter().all(|commit| commit.unwrap() == Commit::Done));

    world.reconcile(after(61 * SECOND_MS)).await;
    world.reconcile(after(62 * SECOND_MS)).await;
    assert_eq!(status(&guest, &order).await, "APPROVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_settled_is_looked_at_ever_less_often_and_stays_what_it_was() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, _) = refunding(&world, &staff, 0).await;
    let before = stored(&world, &order).await;
    let began = before.active_operation.as_ref().unwrap().started_at;
    for (at, next) in [(1, 2), (2, 4), (4, 8), (8, 16), (64, 124), (600, 660)] {
        let due = move |minutes: i64| began.plus_ms(minutes * MINUTE_MS);
        assert_eq!(unreachable(&world, due(at)).await.settled, 0);
        let now = stored(&world, &order).await.active_operation.unwrap();
        assert_eq!((now.due, now.started_at), (due(next), began), "after {at} minutes");
        // Not before its time.
        unreachable(&world, due(next).plus_ms(-1)).await;
        assert_eq!(stored(&world, &order).await.active_operation.unwrap().due, due(next));
    }
    let after = stored(&world, &order).await;
    assert_eq!(
        (after.updated_at, &after.timeline, after.events),
        (before.updated_at, &before.timeline, vec![])
    );
    assert_eq!(world.reconcile(began.plus_ms(11 * HOUR_MS)).await, 1);
    assert_eq!(status(&staff, &order).await, "CANCELLED");
}

/// Runs `reconcile` as at `at`, with a provider that nobody reaches.
#[expect(clippy::unwrap_used, reason = "a test whose provider cannot be made has failed")]
async fn unreachable(world: &World, at: domain::Timestamp) -> Reconciled {
    let mut app = local::functions::payments(world.local.wiring()).unwrap();
    app.provider = Provider::Stripe(Stripe::new("http://127.0.0.1:9".to_owned(), "sk_test".to_owned()));
    reconcile::run(&app, at).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_every_look_that_settles_nothing_asks_for_a_person() {
    let world = World::bare().await;
    let staff = world.staff();
    let (order, _) = refunding(&world, &staff, 22 * HOUR_MS).await;
    assert_eq!(unreachable(&world, clock::now()).await, Reconciled { settled: 0, stuck: 0 });
    let stuck = Reconciled { settled: 0, stuck: 1 };
    assert_eq!(unreachable(&world, after(2 * HOUR_MS)).await, stuck, "the provider is not there");
    let app = local::functions::payments(world.local.wiring()).unwrap();
    let unknown = reconcile::run(&app, after(4 * HOUR_MS)).await.unwrap();
    assert_eq!(unknown, stuck, "the provider knows nothing of it");
    assert_eq!(staff.patch(&crate::payments::path(&order), &json!({"status": "SHIPPED"})).await.status, 409);
}
