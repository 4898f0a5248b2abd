//! `GET /v1/orders`.

use domain::id::{OrderId, UserId};
use domain::order::{Actor, Order, OrderStatus, TimelineEntry};
use domain::{Currency, Money, Scope};
use e2e::{Api, World, id};
use futures_util::stream::{self, StreamExt};
use platform::clock;
use serde_json::Value;
use store::Commit;

use crate::orders::path;

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().into_iter().flatten().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own_and_staff_see_all_newest_first() {
    let world = World::bare().await;
    let (staff, user) = (world.staff(), world.user(Scope::Shared).await);
    assert_eq!(world.guest().get("/v1/orders").await.status, 401);
    assert_eq!(user.get("/v1/orders").await.json()["pagination"]["totalPages"], 0);
    let mine = [world.order(&user, &staff).await, world.order(&user, &staff).await];
    let guests = world.order(&world.guest(), &staff).await;
    let others = world.order(&staff, &staff).await;
    let [own, all] = [user.get("/v1/orders").await.json(), staff.get("/v1/orders").await.json()];
    assert_eq!(ids(&own), [id(&mine[1]), id(&mine[0])]);
    assert_eq!(ids(&all), [id(&others), id(&guests), id(&mine[1]), id(&mine[0])]);
    assert_eq!((&own["data"][1], &own["pagination"]["totalItems"]), (&mine[0], &Value::from(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_cursors_walk_the_whole_list_and_a_status_narrows_it() {
    let world = World::bare().await;
    let (staff, user) = (world.staff(), world.user(Scope::Shared).await);
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.insert(0, id(&world.order(&user, &staff).await).to_owned());
    }
    for (number, want) in expected.chunks(2).enumerate() {
        let page = user.get(&format!("/v1/orders?limit=2&page={}", number + 1)).await.json();
        assert_eq!(ids(&page), want);
        assert_eq!(
            (&page["pagination"]["totalItems"], &page["pagination"]["totalPages"]),
            (&5.into(), &3.into())
        );
        assert_eq!(page["nextCursor"].is_null(), number == 2);
    }
    for api in [&user, &staff] {
        assert_eq!(walk(api, "limit=2").await, expected);
        // Whoever keeps the page's number misses nothing.
        assert_eq!(walk(api, "limit=2&page=2").await, expected[2..]);
    }
    assert!(ids(&user.get("/v1/orders?limit=2&page=100").await.json()).is_empty());

    let cancelled = [expected[1].clone(), expected[3].clone(), expected[4].clone()];
    for order in &cancelled {
        assert_eq!(user.delete(&format!("/v1/orders/{order}")).await.status, 204);
    }
    assert_eq!(walk(&user, "status=CANCELLED&limit=2").await, cancelled);
    assert_eq!(walk(&user, "status=PLACED&limit=1").await, [expected[0].clone(), expected[2].clone()]);
    assert!(walk(&user, "status=SHIPPED").await.is_empty());
}

/// Every order that following the cursors shows.
async fn walk(api: &Api, query: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v1/orders?{query}{cursor}")).await.json();
        found.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["nextCursor"].as_str() else { return found };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_makes_no_sense_is_refused() {
    let world = World::bare().await;
    let staff = world.staff();
    for (query, status) in [
        ("page=101", 422),
        ("page=0", 422),
        ("limit=0", 422),
        ("limit=101", 422),
        ("page=one", 400),
        ("limit=1.5", 400),
        ("status=placed", 400),
        ("cursor=nonsense", 400),
        ("cursor=", 400),
        ("cursor=17", 400),
        ("page=1&page=2", 400),
    ] {
        assert_eq!(staff.get(&format!("/v1/orders?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_a_place_and_opens_no_other_list() {
    let world = World::bare().await;
    let (staff, tenant) = (world.staff(), world.tenant_staff());
    let (user, other) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let mine = world.order(&user, &staff).await;
    let others = [world.order(&other, &staff).await, world.order(&tenant, &tenant).await];
    // Both are newer, so behind their place comes what is one's own.
    for order in &others {
        let page = user.get(&format!("/v1/orders?cursor={}", id(order))).await.json();
        assert_eq!(ids(&page), [id(&mine)]);
    }
    for api in [&other, &tenant] {
        let page = api.get(&format!("/v1/orders?cursor={}", id(&mine))).await.json();
        assert!(ids(&page).is_empty());
    }
}

/// More orders than a list counts.
const MANY: usize = 1_003;

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_behind_the_first_thousand_is_reached_by_cursor() {
    let world = World::bare().await;
    let (owner, user) = world.newcomer(Scope::Shared).await;
    let oldest = world.order(&user, &world.staff()).await;
    assert_eq!(user.delete(&path(&oldest)).await.status, 204);
    let orders: Vec<_> = (0..MANY).map(|_| placed(owner)).collect();
    let store = &world.store;
    let writes =
        orders.iter().map(|order| async move { store.transaction().create("order", order).commit().await });
    let written: Vec<_> = stream::iter(writes).buffer_unordered(16).collect().await;
    assert!(written.into_iter().all(|commit| commit.unwrap() == Commit::Done));

    let first = user.get("/v1/orders?limit=100&page=10").await.json();
    assert_eq!((&first["pagination"]["totalItems"], ids(&first).len()), (&1_000.into(), 100));
    let mut expected: Vec<_> = orders.iter().map(|order| order.id.to_string()).collect();
    expected.push(id(&oldest).to_owned());
    expected.sort_unstable_by(|older, newer| newer.cmp(older));
    for api in [&user, &world.staff()] {
        assert_eq!(walk(api, "limit=100").await, expected);
    }
    assert_eq!(walk(&user, "status=CANCELLED").await, [id(&oldest)]);
}

fn placed(owner: UserId) -> Order {
    let at = clock::now();
    Order {
        id: OrderId::new(clock::fresh_id()),
        scope: Scope::Shared,
        pet_id: domain::id::PetId::new(clock::fresh_id()),
        user_id: owner,
        owner: Some(owner),
        status: OrderStatus::Placed,
        total: Money { amount_minor: 100, currency: Currency::USD },
        created_at: at,
        updated_at: at,
        version: 1,
        reserved_until: None,
        active_operation: None,
        charge: None,
        payment_attempts: 0,
        declines: 0,
        payments_locked_until: None,
        callbacks: 0,
        timeline: vec![TimelineEntry { status: OrderStatus::Placed, at, by: Actor::User(owner) }],
        events: Vec::new(),
    }
}
