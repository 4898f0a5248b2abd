//! Lists that go on behind what one request looks through, and the cursors that lead there.

use domain::catalogue::Criteria;
use domain::pet::{PetStatus, Size, Species};
use e2e::{Api, Reply, World, id};
use http::Method;
use serde_json::{Value, json};

use crate::pets::list::Crowded;

/// A little more than one request looks through.
const PETS: u32 = 17_000;

/// Every pet that is shown by turning pages and then following the link, until there is none. `ask` gets a path, with a
/// cursor or without, and a page.
async fn walk(first: &str, ask: impl AsyncFn(&str, u64) -> Reply) -> Vec<String> {
    let (mut found, mut path, mut page) = (Vec::new(), first.to_owned(), 1);
    loop {
        let reply = ask(&path, page).await;
        let body = reply.json();
        found.extend(body["data"].as_array().unwrap().iter().map(|pet| id(pet).to_owned()));
        let pages = body["pagination"]["totalPages"].as_u64().unwrap();
        let link =
            reply.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        match link {
            _ if page < pages => page += 1,
            Some(next) => (path, page) = (next.to_owned(), 1),
            None => return found,
        }
    }
}

async fn listed(api: &Api, first: &str) -> Vec<String> {
    walk(first, async |path, page| api.get(&path.replace("page=1", &format!("page={page}"))).await).await
}

async fn searched(api: &Api, method: &Method, first: &str, criteria: &Value) -> Vec<String> {
    walk(first, async |path, page| {
        let body = json!({"criteria": criteria, "pagination": {"page": page, "limit": 100}});
        api.call(method.clone(), path, &body, &[]).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_lead_through_the_whole_list_and_show_each_pet_once() {
    let shop = Crowded::open(PETS).await;
    let guest = shop.world.guest();
    let small_birds = Criteria {
        species: vec![Species::Bird],
        sizes: vec![Size::Small],
        ..Criteria::of_status(PetStatus::Available)
    };
    let expected: Vec<_> = shop.matching(&small_birds).iter().map(|pet| pet.id.to_string()).collect();
    let first = guest.get("/v1/pets?species=BIRD&size=SMALL").await;
    assert!(!first.header("link").is_empty() && first.json()["pagination"]["totalItems"] != expected.len());

    let listed = listed(&guest, "/v1/pets?species=BIRD&size=SMALL&limit=100&page=1").await;
    assert_eq!(listed, expected);
    let criteria = json!({"species": ["BIRD"], "size": ["SMALL"]});
    let query = Method::from_bytes(b"QUERY").unwrap();
    for (method, path) in [(query, "/v1/pets"), (Method::POST, "/v1/pets/search")] {
        assert_eq!(searched(&guest, &method, path, &criteria).await, expected, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_a_place_and_opens_no_other_pool() {
    let world = World::bare().await;
    let (staff, tenant) = (world.staff(), world.tenant_staff());
    let (own, foreign) = (world.pet(&tenant).await, world.pet(&staff).await);
    e2e::eventually("the catalogue to know both", async || {
        let [ours, theirs] =
            [&tenant, &staff].map(|api| async { api.get("/v1/pets").await.json()["data"][0].clone() });
        (ours.await["id"] == own["id"] && theirs.await["id"] == foreign["id"]).then_some(())
    })
    .await;
    let shown = tenant.get("/v1/pets?cursor=17").await.json();
    assert_eq!((shown["data"].as_array().unwrap().len(), &shown["data"][0]["id"]), (1, &own["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_none_is_refused() {
    let world = World::bare().await;
    let guest = world.guest();
    for cursor in ["x", "-1", "1.5", "", "99999999999", "019b4139-1234-7abc-8def-123456789abc", "1&cursor=2"]
    {
        assert_eq!(guest.get(&format!("/v1/pets?cursor={cursor}")).await.status, 400, "{cursor}");
        let search = guest.post(&format!("/v1/pets/search?cursor={cursor}"), &json!({})).await;
        assert_eq!(search.status, 400, "{cursor}");
    }
}
