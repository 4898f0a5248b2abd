//! `GET /v1/inventory` and `GET /v1/inventories`, and that the catalogue follows what happens to pets.

use domain::Scope;
use e2e::{Card, World, counted, id};
use serde_json::{Value, json};

use crate::pets::{order_of, path, with};

fn stock(available: u32, pending: u32, adopted: u32) -> Value {
    json!({"available": available, "pending": pending, "adopted": adopted, "total": available + pending + adopted})
}

#[tokio::test(flavor = "multi_thread")]
async fn pets_are_counted_by_status_and_species_wherever_they_go() {
    let world = World::bare().await;
    let staff = world.staff();
    let mut pets = Vec::new();
    for _ in 0..5 {
        pets.push(world.pet(&staff).await);
    }
    let put = async |pet: &Value, member: &str, value: &str| {
        let now = staff.get(&path(pet)).await.json();
        assert_eq!(staff.put(&path(pet), &with(&now, member, value)).await.status, 200);
    };
    put(&pets[0], "species", "CAT").await;
    put(&pets[1], "status", "NOT_AVAILABLE").await;
    let pending = staff.post("/v1/orders", &order_of(&pets[2])).await.json();
    let paid = staff.post("/v1/orders", &order_of(&pets[3])).await.json();
    assert_eq!(world.pay(&staff, &paid, Card::GOOD).await.json()["status"], "SUCCEEDED");
    counted(&world).await;
    let none = stock(0, 0, 0);
    let expected = |all: Value, cats: Value, dogs: Value| {
        let mut expected = all;
        expected["bySpecies"] =
            json!({"DOG": dogs, "CAT": cats, "RABBIT": none, "BIRD": none, "REPTILE": none, "OTHER": none});
        expected
    };
    let inventory = staff.get("/v1/inventory").await.json();
    assert_eq!(inventory, expected(stock(2, 1, 1), stock(1, 0, 0), stock(1, 1, 1)));
    let by_status = staff.get("/v1/inventories").await.json();
    assert_eq!(by_status, json!({"AVAILABLE": 2, "PENDING": 1, "ADOPTED": 1, "NOT_AVAILABLE": 1}));

    assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&pending))).await.status, 204);
    assert_eq!(staff.delete(&path(&pets[0])).await.status, 204);
    put(&pets[1], "status", "AVAILABLE").await;
    counted(&world).await;
    let inventory = staff.get("/v1/inventory").await.json();
    assert_eq!(inventory, expected(stock(3, 0, 1), stock(0, 0, 0), stock(3, 0, 1)));
    let listed = staff.get("/v1/pets").await.json();
    let listed: Vec<_> = listed["data"].as_array().unwrap().iter().map(|pet| pet["id"].clone()).collect();
    assert_eq!(listed.len(), 3);
    assert!(!listed.contains(&pets[0]["id"]) && !listed.contains(&pets[3]["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_statuses_asked_for_are_counted() {
    let world = World::bare().await;
    let staff = world.staff();
    world.pet(&staff).await;
    counted(&world).await;
    let asked = staff.get("/v1/inventories?status=AVAILABLE,PENDING").await.json();
    assert_eq!(asked, json!({"AVAILABLE": 1, "PENDING": 0}));
    for bad in ["status=", "status=SOLD", "status=AVAILABLE,", "status=AVAILABLE&status=PENDING"] {
        assert_eq!(staff.get(&format!("/v1/inventories?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_token_of_the_pool_sees_its_inventory_alone() {
    let world = World::bare().await;
    let (staff, tenant_staff) = (world.staff(), world.tenant_staff());
    world.pet(&staff).await;
    counted(&world).await;
    for path in ["/v1/inventory", "/v1/inventories"] {
        assert_eq!(world.guest().get(path).await.status, 401);
        assert_eq!(world.user(Scope::Shared).await.get(path).await.status, 200);
    }
    assert_eq!(staff.get("/v1/inventory").await.json()["available"], 1);
    assert_eq!(tenant_staff.get("/v1/inventory").await.json()["total"], 0);
}
