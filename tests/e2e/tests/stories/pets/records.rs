//! Stream records of pets, repeated, in other orders, in batches at the same time; and the catalogue made anew.

use domain::Scope;
use domain::catalogue::Entry;
use domain::id::PetId;
use e2e::{Card, World, counted, id, miscounted};
use futures_util::future::join_all;
use local::filter::Filter;
use local::stream_poller::reader::Reader;
use local::template::Template;
use platform::clock;
use serde_json::{Value, json};
use store::{Placed, Store};

use crate::pets::{order_of, path, with};

/// Pets that come, change, are ordered, paid, freed and deleted.
async fn story(world: &World) {
    let staff = world.staff();
    for number in 0..6 {
        let pet = world.pet(&staff).await;
        let moved = with(&with(&pet, "species", "BIRD"), "ageMonths", number);
        assert_eq!(staff.put(&path(&pet), &moved).await.status, 200);
        let order = staff.post("/v1/orders", &order_of(&pet)).await.json();
        if number % 2 == 0 {
            assert_eq!(world.pay(&staff, &order, Card::GOOD).await.status, 201);
        }
        if number % 3 == 0 {
            assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&order))).await.status, 204);
            assert_eq!(staff.delete(&path(&pet)).await.status, 204);
        }
    }
}

/// Every record that starts the catalogue function.
async fn records(world: &World) -> Vec<Value> {
    let template = Template::load().unwrap();
    let mapping = &template.function("catalogue").unwrap().streams[0];
    let filter = Filter::parse(&mapping.filters).unwrap();
    let table = &template.table(&mapping.table).unwrap().name;
    let mut reader = Reader::new(local::sdk::streams(&world.local.wiring().dynamodb), table);
    let mut records = Vec::new();
    loop {
        let page = reader.read(None).await.unwrap();
        if page.is_empty() {
            return records;
        }
        records.extend(page.into_iter().map(|record| record.event).filter(|event| filter.matches(event)));
    }
}

async fn tell(store: &Store, records: &[Value]) {
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    let answer = catalogue::handle(store, event).await.unwrap();
    assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
}

/// The same in an order that `seed` alone decides.
fn shuffled(records: &[Value], seed: u64) -> Vec<Value> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut keyed: Vec<_> = records
        .iter()
        .map(|record| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33, record.clone())
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, record)| record).collect()
}

/// What the shared pool's catalogue holds.
async fn held(store: &Store) -> Vec<String> {
    let mut held = Vec::new();
    for (aisle, counts) in store.catalogue_aisles(Scope::Shared).await.unwrap() {
        held.push(format!("{counts:?}"));
        for (shelf, _) in store.catalogue_shelves(Scope::Shared, aisle).await.unwrap() {
            let entries = store.catalogue_entries(Scope::Shared, shelf).await.unwrap();
            held.extend(
                entries.iter().filter(|entry| entry.traits.is_some()).map(|entry| format!("{entry:?}")),
            );
        }
    }
    held.sort();
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn records_in_any_order_however_often_make_the_same_catalogue() {
    let told = World::bare().await;
    story(&told).await;
    counted(&told).await;
    let (records, expected) = (records(&told).await, held(&told.store).await);
    assert!(records.len() > 20, "{}", records.len());
    for seed in 0..6 {
        let other = World::bare().await;
        let order = shuffled(&records, seed);
        for batch in order.chunks(7) {
            tell(&other.store, batch).await;
        }
        assert_eq!(held(&other.store).await, expected, "seed {seed}");
        // Everything once more, several batches at the same time.
        let again = shuffled(&records, seed + 100);
        join_all(again.chunks(5).map(|batch| tell(&other.store, batch))).await;
        assert_eq!(held(&other.store).await, expected, "seed {seed}, again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_at_the_same_time_count_each_other() {
    let told = World::bare().await;
    story(&told).await;
    counted(&told).await;
    let (records, expected) = (records(&told).await, held(&told.store).await);
    for seed in 0..4 {
        let other = World::bare().await;
        let order = shuffled(&records, seed);
        join_all(order.chunks(3).map(|batch| tell(&other.store, batch))).await;
        assert_eq!(held(&other.store).await, expected, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_catalogue_is_made_anew() {
    let world = World::bare().await;
    story(&world).await;
    counted(&world).await;
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let table = store::TableNames::default().deliveries;
    let all = client.scan().table_name(&table).consistent_read(true).send().await.unwrap();
    for item in all.items() {
        let is_catalogue = item["pk"].as_s().unwrap().contains("#K") || item["sk"].as_s().unwrap() == "PLACE";
        if is_catalogue {
            let delete = client.delete_item().table_name(&table);
            delete.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
        }
    }
    assert!(miscounted(&world).await.is_some());
    let rebuilt = catalogue::rebuild(&world.store, clock::now()).await.unwrap();
    assert_eq!((rebuilt.pools, rebuilt.pets, rebuilt.removed), (1, 4, 0));
    assert_eq!(miscounted(&world).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_takes_out_what_is_gone_and_puts_right_what_is_wrong() {
    let world = World::bare().await;
    let staff = world.staff();
    let kept = world.pet(&staff).await;
    counted(&world).await;
    // An entry of a pet that was never there, and one that says something else than its pet.
    let shelf = world.store.catalogue_entries(Scope::Shared, 0).await.unwrap();
    let mut wrong = shelf.into_iter().find(|entry| entry.pet.to_string() == id(&kept)).unwrap();
    if let Some(traits) = &mut wrong.traits {
        traits.age_months += 1;
    }
    let stray = Entry { pet: PetId::new(clock::fresh_id()), ..wrong.clone() };
    let placed = [wrong, stray].map(|entry| Placed { scope: Scope::Shared, shelf: 0, entry, is_new: false });
    world.store.catalogue_restore(&placed, clock::now()).await.unwrap();
    assert!(miscounted(&world).await.is_some());
    let rebuilt = catalogue::rebuild(&world.store, clock::now()).await.unwrap();
    assert_eq!((rebuilt.pets, rebuilt.removed), (1, 1));
    assert_eq!(miscounted(&world).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_harms_nothing_while_writes_go_on() {
    let world = World::bare().await;
    let rebuilds = async {
        for _ in 0..5 {
            catalogue::rebuild(&world.store, clock::now()).await.unwrap();
        }
    };
    tokio::join!(story(&world), story(&world), rebuilds);
    counted(&world).await;
    catalogue::rebuild(&world.store, clock::now()).await.unwrap();
    assert_eq!(miscounted(&world).await, None);
}
