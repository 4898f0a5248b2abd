//! `POST /v1/orders`.

use domain::Scope;
use e2e::{World, code, id};
use platform::clock;
use serde_json::{Value, json};

use crate::orders::{now, path, pet_status};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_takes_the_pets_price_and_holds_the_pet() {
    let world = World::bare().await;
    let (staff, user) = (world.staff(), world.user(Scope::Shared).await);
    let pet = world.pet(&staff).await;
    let reply = user.post("/v1/orders", &json!({"petId": pet["id"]})).await;
    let order = reply.json();
    assert_eq!((reply.status.as_u16(), reply.header("etag")), (201, "\"1\""));
    assert_eq!(reply.header("location"), path(&order));
    assert_eq!((&order["status"], &order["totalAmount"]), (&json!("PLACED"), &json!("250.00")));
    assert_eq!(&id(&order)[14..15], "7");
    assert_eq!(now(&user, &order).await, order);
    assert_eq!(pet_status(&user, &order).await, "PENDING");
    let second = user.post("/v1/orders", &json!({"petId": pet["id"]})).await;
    assert_eq!((second.status.as_u16(), code(&second)), (409, "pet_not_available".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_must_agree_with_the_pet_and_the_caller_and_all_breaches_are_told() {
    let world = World::bare().await;
    let (staff, user, guest) = (world.staff(), world.user(Scope::Shared).await, world.guest());
    let pet = world.pet(&staff).await;
    let with = |members: Value| {
        let mut body = json!({"petId": pet["id"]});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let wrong = with(json!({"totalAmount": "250.01", "currency": "EUR", "status": "APPROVED",
                            "userId": clock::fresh_id()}));
    let reply = user.post("/v1/orders", &wrong).await;
    let mut fields: Vec<_> = reply.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap().to_owned())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        (reply.status.as_u16(), fields.join(" ")),
        (422, "currency status totalAmount userId".to_owned())
    );
    for (api, body, why) in [
        (&guest, with(json!({})), "required_field"),
        (&guest, with(json!({"userId": "me"})), "invalid_format"),
        (&user, with(json!({"colour": "red"})), "unknown_field"),
        (&user, with(json!({"totalAmount": 250})), "invalid_type"),
        (&user, json!({}), "required_field"),
    ] {
        let reply = api.post("/v1/orders", &body).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (422, why.to_owned()), "{body}");
    }
    assert_eq!(user.get("/v1/orders").await.json()["pagination"]["totalItems"], 0);
    let own = with(json!({"totalAmount": "250.0", "currency": "USD", "status": "PLACED", "id": "mine",
                          "createdAt": 1, "updatedAt": null, "tenantId": []}));
    assert_eq!(user.post("/v1/orders", &own).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pet_that_is_not_there_or_not_for_adoption_cannot_be_ordered() {
    let world = World::bare().await;
    let staff = world.staff();
    assert_eq!(staff.post("/v1/orders", &json!({"petId": clock::fresh_id()})).await.status, 404);
    let body = json!({"name": "Rex", "species": "DOG", "ageMonths": 9, "price": "5.00", "currency": "GBP",
                      "status": "NOT_AVAILABLE"});
    let pet = staff.post("/v1/pets", &body).await.json();
    let reply = staff.post("/v1/orders", &json!({"petId": pet["id"]})).await;
    assert_eq!((reply.status.as_u16(), code(&reply)), (409, "pet_not_available".to_owned()));
}
