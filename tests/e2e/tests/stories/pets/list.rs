//! `GET /v1/pets` and searches over 10,000 pets, held against a plain look at all of them.

use domain::Scope;
use domain::catalogue::{Criteria, Direction, Sort, SortField, Traits};
use domain::pet::{Pet, PetStatus, Size, Species};
use e2e::{Api, Reply, World, crowd};
use http::Method;
use serde_json::{Value, json};

const PETS: u32 = 10_000;

/// A shop with a crowd, and the crowd, the newest first.
pub(crate) struct Crowded {
    pub(crate) world: World,
    pets: Vec<Pet>,
}

impl Crowded {
    pub(crate) async fn open(count: u32) -> Self {
        let world = World::bare().await;
        let mut pets: Vec<_> = (0..count).map(|number| crowd::pet(Scope::Shared, number)).collect();
        local::load::catalogue(world.local.database_path(), Scope::Shared, pets.iter().cloned()).unwrap();
        pets.reverse();
        Self { world, pets }
    }

    pub(crate) fn matching(&self, criteria: &Criteria) -> Vec<&Pet> {
        self.pets.iter().filter(|pet| criteria.match_traits(&Traits::of(pet))).collect()
    }
}

fn hold(reply: &Reply, expected: &[&Pet], page: usize, limit: usize, why: &str) {
    assert_eq!(reply.status, 200, "{why}: {}", reply.json());
    let body = reply.json();
    let shown: Vec<_> = body["data"].as_array().unwrap().iter().map(|pet| e2e::id(pet).to_owned()).collect();
    let wanted = expected.iter().skip((page - 1) * limit).take(limit);
    assert_eq!(shown, wanted.map(|pet| pet.id.to_string()).collect::<Vec<_>>(), "{why}");
    let pagination = json!({"page": page, "limit": limit, "totalItems": expected.len(),
                            "totalPages": expected.len().div_ceil(limit)});
    assert_eq!(body["pagination"], pagination, "{why}");
    assert_eq!(reply.header("link"), "", "{why}");
}

async fn list(api: &Api, query: &str, page: usize, limit: usize) -> Reply {
    api.get(&format!("/v1/pets?{query}&page={page}&limit={limit}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_and_every_page_shows_what_a_look_at_all_pets_finds() {
    let shop = Crowded::open(PETS).await;
    let guest = shop.world.guest();
    let available = || Criteria::of_status(PetStatus::Available);
    let adopted = Criteria::of_status(PetStatus::Adopted);
    for (query, criteria) in [
        ("", available()),
        ("status=ADOPTED", adopted.clone()),
        (
            "status=PENDING&species=CAT",
            Criteria { species: vec![Species::Cat], ..Criteria::of_status(PetStatus::Pending) },
        ),
        ("species=REPTILE", Criteria { species: vec![Species::Reptile], ..available() }),
        ("size=SMALL", Criteria { sizes: vec![Size::Small], ..available() }),
        ("ageMin=200", Criteria { age: 200..=u32::MAX, ..available() }),
        ("ageMax=3", Criteria { age: 0..=3, ..available() }),
        ("ageMin=12&ageMax=12", Criteria { age: 12..=12, ..available() }),
        ("goodWithKids=false", Criteria { good_with_kids: Some(false), ..available() }),
        (
            "status=ADOPTED&species=DOG&size=LARGE&ageMin=24&ageMax=60&goodWithKids=true",
            Criteria {
                species: vec![Species::Dog],
                sizes: vec![Size::Large],
                age: 24..=60,
                good_with_kids: Some(true),
                ..adopted
            },
        ),
    ] {
        let expected = shop.matching(&criteria);
        for limit in [20, 100] {
            let last = expected.len().div_ceil(limit);
            for page in [1, last / 2 + 1, last + 1] {
                let why = format!("{query} page {page} limit {limit}");
                hold(&list(&guest, query, page, limit).await, &expected, page, limit, &why);
            }
        }
    }
    let birds = Criteria { species: vec![Species::Bird], ..available() };
    let expected = shop.matching(&birds);
    for page in 1..=expected.len().div_ceil(33) {
        hold(&list(&guest, "species=BIRD", page, 33).await, &expected, page, 33, "no page leaves a gap");
    }
    assert_eq!(list(&guest, "", 1_000_000, 100).await.json()["data"], json!([]));
    let nothing = list(&guest, "ageMin=30&ageMax=20", 1, 20).await.json();
    assert_eq!((&nothing["data"], &nothing["pagination"]["totalPages"]), (&json!([]), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_and_sorts_what_a_look_at_all_pets_finds() {
    let shop = Crowded::open(PETS).await;
    let guest = shop.world.guest();
    let available = || Criteria::of_status(PetStatus::Available);
    let by = |field, direction| Some(Sort { field, direction });
    for (body, criteria, sort) in [
        (json!({}), available(), None),
        (
            json!({"criteria": {"species": ["DOG", "CAT"]}, "pagination": {}}),
            Criteria { species: vec![Species::Dog, Species::Cat], ..available() },
            None,
        ),
        (
            json!({"criteria": {"ageRange": {"min": 6, "max": 90}, "compatibility": {"goodWithKids": true, "goodWithDogs": 1}},
                   "sort": {"field": "ageMonths", "order": "DESC"}, "colour": "red"}),
            Criteria { age: 6..=90, good_with_kids: Some(true), ..available() },
            by(SortField::AgeMonths, Direction::Descending),
        ),
        (
            json!({"criteria": {"size": ["SMALL", "LARGE"], "medical": {"vaccinated": true, "spayedNeutered": true,
                                                                        "specialNeeds": false}},
                   "sort": {"field": "price"}}),
            Criteria {
                sizes: vec![Size::Small, Size::Large],
                vaccinated: Some(true),
                spayed_neutered: Some(true),
                special_needs: Some(false),
                ..available()
            },
            by(SortField::Price, Direction::Ascending),
        ),
    ] {
        let mut expected = shop.matching(&criteria);
        if let Some(sort) = sort {
            expected.sort_by(|a, b| sort.compare(&Traits::of(a), &Traits::of(b)));
        }
        for (page, limit) in [(3, 7), (expected.len().div_ceil(100), 100)] {
            let mut body = body.clone();
            body["pagination"] = json!({"page": page, "limit": limit});
            let query = Method::from_bytes(b"QUERY").unwrap();
            for (method, path) in [(query, "/v1/pets"), (Method::POST, "/v1/pets/search")] {
                let reply = guest.call(method, path, &body, &[]).await;
                hold(&reply, &expected, page, limit, &body.to_string());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_full_of_breaches_gets_an_answer_of_a_size() {
    let world = World::bare().await;
    let body = json!({"criteria": {"species": vec!["x"; 60_000], "size": vec!["SMALL"; 4]}});
    let reply = world.guest().post("/v1/pets/search", &body).await;
    let told: Vec<_> =
        reply.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!((reply.status.as_u16(), told), (422, vec![json!("criteria.species"), json!("criteria.size")]));
    let user = world.user(Scope::Shared).await;
    let messages = vec![json!({"role": "", "content": ""}); 8_000];
    let reply = user.post("/v1/chat/completions", &json!({ "messages": messages })).await;
    assert_eq!((reply.status.as_u16(), reply.json()["errors"].as_array().unwrap().len()), (422, 32));
    assert_eq!(reply.json()["detail"], "8000 members are invalid; see errors for the first 32.");
    let reply = user.post("/v1/chat/completions", &json!({"messages": vec![7; 8_000]})).await;
    assert_eq!((reply.status.as_u16(), reply.json()["errors"].as_array().unwrap().len()), (422, 32));
    let at_least = "At least 33 members are invalid; see errors for the first 32.";
    assert_eq!(reply.json()["detail"], at_least, "reading stops soon after telling does");
    assert!(reply.body.len() < 20_000, "{}", reply.body.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_breach_of_a_search_is_told() {
    let world = World::bare().await;
    let body = json!({"criteria": {"species": ["DOG", "DRAGON"], "size": ["HUGE"]},
                      "sort": {"field": "name", "order": "UP"}, "pagination": {"page": 0, "limit": 101}});
    let reply = world.guest().post("/v1/pets/search", &body).await;
    let fields: Vec<_> =
        reply.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    let expected = json!([
        "criteria.species[1]",
        "criteria.size[0]",
        "sort.field",
        "sort.order",
        "pagination.page",
        "pagination.limit"
    ]);
    assert_eq!((reply.status.as_u16(), Value::Array(fields)), (422, expected));
    for query in ["species=DRAGON", "status=NOT_AVAILABLE", "ageMin=-1", "goodWithKids=yes", "cursor=-1"] {
        let reply = world.guest().get(&format!("/v1/pets?{query}")).await;
        assert!(matches!(reply.status.as_u16(), 400 | 422), "{query}");
    }
}
