//! Entries on their shelves: whatever is thought to stand there, the newest version does.

use std::collections::BTreeMap;

use domain::Scope;
use domain::catalogue::{Entry, Traits};
use domain::id::PetId;
use domain::pet::{PetStatus, Species};
use e2e::World;
use futures_util::future::join_all;
use platform::clock;
use store::key::Key;
use store::meter::Meter;
use store::{Placed, Store};

const SHELF: u32 = 0;

fn pets(count: usize) -> Vec<PetId> {
    std::iter::repeat_with(|| PetId::new(clock::fresh_id())).take(count).collect()
}

/// A pet's entry; its age tells it from others of the same version.
fn placed(pet: PetId, version: u64, age_months: u32, is_new: bool) -> Placed {
    let traits = Traits {
        status: PetStatus::Available,
        species: Species::Cat,
        size: None,
        good_with_kids: Some(true),
        age_months,
        price_minor: 1_000,
        vaccinated: None,
        spayed_neutered: None,
        special_needs: None,
    };
    Placed { scope: Scope::Shared, shelf: SHELF, entry: Entry { pet, version, traits: Some(traits) }, is_new }
}

async fn put(store: &Store, placed: &[Placed]) {
    store.catalogue_put(placed, clock::now()).await.unwrap();
}

/// Versions and ages by pet.
async fn held(store: &Store) -> BTreeMap<PetId, (u64, u32)> {
    let entries = store.catalogue_entries(Scope::Shared, SHELF).await.unwrap();
    entries.into_iter().map(|entry| (entry.pet, (entry.version, entry.traits.unwrap().age_months))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_gives_way_to_what_is_newer_whatever_was_thought_to_stand_there() {
    const BEFORE: u32 = 1;
    const AFTER: u32 = 2;
    let stands = [None, Some(4), Some(5), Some(6)];
    for restores in [false, true] {
        let world = World::bare().await;
        let cases = stands.into_iter().flat_map(|stands| [(stands, true), (stands, false)]).cycle();
        let cases: Vec<_> = pets(64).into_iter().zip(cases).collect();
        let before =
            cases.iter().filter_map(|(pet, (stands, _))| Some(placed(*pet, (*stands)?, BEFORE, true)));
        put(&world.store, &before.collect::<Vec<_>>()).await;
        let after = cases.iter().map(|(pet, (_, is_new))| placed(*pet, 5, AFTER, *is_new));
        let after: Vec<_> = after.collect();
        match restores {
            true => world.store.catalogue_restore(&after, clock::now()).await.unwrap(),
            false => put(&world.store, &after).await,
        }
        let held = held(&world.store).await;
        for (pet, case) in cases {
            let expected = match case.0 {
                Some(6) => (6, BEFORE),
                Some(5) if !restores => (5, BEFORE),
                _ => (5, AFTER),
            };
            assert_eq!(held[&pet], expected, "{case:?}, restores: {restores}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_write_at_the_same_time_the_newest_stays() {
    let world = World::bare().await;
    let pets = pets(30);
    let batches = (1..=20).map(|version| {
        let batch = pets.iter().zip(0..).map(move |(pet, number)| placed(*pet, version, 1, number % 2 == 0));
        batch.collect::<Vec<_>>()
    });
    let batches: Vec<_> = batches.collect();
    join_all(batches.iter().map(|batch| put(&world.store, batch))).await;
    assert_eq!(held(&world.store).await, pets.into_iter().map(|pet| (pet, (20, 1))).collect());
}

/// The attributes of a pet's row.
async fn attributes(world: &World, pet: PetId) -> Vec<String> {
    let Key { pk, sk } = Key::catalogue_entry(Scope::Shared, SHELF, pet);
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let get = client.get_item().table_name(store::TableNames::default().deliveries).consistent_read(true);
    let text = aws_sdk_dynamodb::types::AttributeValue::S;
    let found = get.key("pk", text(pk)).key("sk", text(sk)).send().await.unwrap();
    let mut names: Vec<_> = found.item.unwrap().into_keys().collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_has_what_its_entry_has_and_nothing_of_the_one_before() {
    let world = World::bare().await;
    let pet = pets(1)[0];
    let there = ["pet", "pk", "sk", "v", "version"];
    let gone = Placed { entry: Entry::gone(pet, 1), ..placed(pet, 1, 1, false) };
    for (placed, expected) in [
        (placed(pet, 1, 1, true), there),
        (gone, ["pk", "sk", "ttl", "v", "version"]),
        (placed(pet, 3, 1, false), there),
    ] {
        put(&world.store, std::slice::from_ref(&placed)).await;
        assert_eq!(attributes(&world, pet).await, expected, "{placed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_entries_are_four_calls_and_cost_a_unit_each() {
    let world = World::bare().await;
    let meter = Meter::default();
    let store = world.store.clone().metered(meter.clone());
    let pets = pets(100);
    for (version, is_new) in [(1, true), (2, false)] {
        put(&store, &pets.iter().map(|pet| placed(*pet, version, 1, is_new)).collect::<Vec<_>>()).await;
        let costs = meter.take();
        assert_eq!(costs.iter().map(|cost| cost.write_units).sum::<f64>(), 100.0, "{costs:?}");
        assert_eq!(costs.len(), 4, "{costs:?}");
    }
}
