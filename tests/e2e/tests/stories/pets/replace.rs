//! `PUT /v1/pets/{id}`.

use domain::Scope;
use e2e::{Api, Card, Receiver, World, code, id};
use futures_util::future::join_all;
use http::Method;
use local::seed::DEMO_TENANT;
use serde_json::{Value, json};

use crate::pets::{order_of, path, with};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_can_be_changed_and_sent_back() {
    let world = World::bare().await;
    let staff = world.staff();
    let mut pet = world.pet(&staff).await;
    for (member, value) in
        [("name", json!("Rex")), ("ageMonths", json!(25)), ("status", json!("NOT_AVAILABLE"))]
    {
        let reply = staff.put(&path(&pet), &with(&pet, member, value.clone())).await;
        assert_eq!((reply.status.as_u16(), &reply.json()[member]), (200, &value), "{}", reply.json());
        assert!(reply.json()["updatedAt"].as_str() > pet["updatedAt"].as_str());
        assert_eq!(reply.json()["createdAt"], pet["createdAt"]);
        pet = reply.json();
        assert_eq!(staff.get(&path(&pet)).await.json(), pet);
    }
    assert_eq!(staff.get(&path(&pet)).await.header("etag"), "\"4\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_is_gone() {
    let world = World::bare().await;
    let staff = world.staff();
    let full = json!({"name": "Max", "species": "DOG", "breed": "Corgi", "ageMonths": 24, "size": "SMALL",
                      "color": "red", "gender": "MALE", "goodWithKids": true, "price": "250.00", "currency": "EUR",
                      "description": "Kind.", "status": "AVAILABLE", "photos": ["https://example.com/max.jpg"],
                      "medicalInfo": {"vaccinated": true}});
    let pet = staff.post("/v1/pets", &full).await.json();
    let bare = json!({"name": "Max", "species": "CAT", "ageMonths": 1, "price": "1", "status": "AVAILABLE"});
    let mut expected = json!({"id": pet["id"], "name": "Max", "species": "CAT", "ageMonths": 1, "price": "1.00",
                          "currency": "USD", "status": "AVAILABLE", "photos": [], "tenantId": null,
                          "createdAt": pet["createdAt"]});
    let reply = staff.put(&path(&pet), &bare).await;
    expected["updatedAt"] = reply.json()["updatedAt"].clone();
    assert_eq!((reply.status.as_u16(), reply.json()), (200, expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_changed_by_staff_only_where_no_open_order_holds_the_pet() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let pet = staff.get(&format!("/v1/pets/{}", order["petId"].as_str().unwrap())).await.json();
    let put = async |status: &str| {
        let reply = staff.put(&path(&pet), &with(&pet, "status", status)).await;
        (reply.status.as_u16(), code(&reply))
    };
    let held = (409, "pet_held".to_owned());
    assert_eq!(put("AVAILABLE").await, held);
    assert_eq!(put("ADOPTED").await, held);
    assert_eq!(staff.put(&path(&pet), &with(&pet, "name", "Rex")).await.json()["status"], "PENDING");
    assert_eq!(world.pay(&staff, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    assert_eq!(put("NOT_AVAILABLE").await, held);
    let order_path = format!("/v1/orders/{}", id(&order));
    assert_eq!(staff.patch(&order_path, &json!({"status": "SHIPPED"})).await.status, 200);
    assert_eq!(put("AVAILABLE").await, held);
    assert_eq!(staff.patch(&order_path, &json!({"status": "DELIVERED"})).await.status, 200);
    assert_eq!(put("PENDING").await, (422, "invalid_value".to_owned()));
    assert_eq!(put("AVAILABLE").await.0, 200);
    assert_eq!(staff.post("/v1/orders", &order_of(&pet)).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_order_makes_a_pet_pending_or_adopted() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    for status in ["PENDING", "ADOPTED"] {
        let reply = staff.put(&path(&pet), &with(&pet, "status", status)).await;
        assert_eq!((reply.status.as_u16(), code(&reply)), (422, "invalid_value".to_owned()), "{status}");
    }
    assert_eq!(staff.get(&path(&pet)).await.json(), pet);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_asked_of_another_version_is_not_made() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    let put = async |tag: &str| {
        staff.call(Method::PUT, &path(&pet), &with(&pet, "name", "Rex"), &[("if-match", tag)]).await
    };
    for (tag, status) in [("\"0\"", 412), ("\"2\"", 412), ("W/\"1\"", 400), ("1", 400)] {
        assert_eq!(put(tag).await.status, status, "{tag}");
    }
    assert_eq!(staff.get(&path(&pet)).await.json(), pet);
    assert_eq!(put("\"1\"").await.header("etag"), "\"2\"");
    assert_eq!(put("\"1\"").await.status, 412);
    assert_eq!(put("*").await.header("etag"), "\"3\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_write_pets_changes_none() {
    let world = World::bare().await;
    let (staff, tenant_staff) = (world.staff(), world.tenant_staff());
    let pet = world.pet(&staff).await;
    let statuses = async |api: &Api| {
        let put = api.put(&path(&pet), &with(&pet, "name", "Rex")).await.status.as_u16();
        (put, api.delete(&path(&pet)).await.status.as_u16())
    };
    assert_eq!(statuses(&world.guest()).await, (401, 401));
    assert_eq!(statuses(&tenant_staff).await, (404, 404));
    assert_eq!(statuses(&Api(world.guest().0.with_tenant(DEMO_TENANT))).await, (401, 401));
    assert_eq!(staff.get(&path(&pet)).await.json(), pet);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_hears_of_a_changed_status_once() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    world.hook(&staff, &receiver.url("/"), &["pet.statusChanged"]).await;
    let pet = world.pet(&staff).await;
    for (member, value) in
        [("name", "Rex"), ("status", "NOT_AVAILABLE"), ("name", "Max"), ("status", "AVAILABLE")]
    {
        let now = staff.get(&path(&pet)).await.json();
        assert_eq!(staff.put(&path(&pet), &with(&now, member, value)).await.status, 200);
    }
    let mut told: Vec<Value> =
        e2e::arrivals(&receiver, 2).await.iter().map(|received| received.json()["data"].clone()).collect();
    told.sort_by_key(|data| data["newStatus"].to_string());
    let change = |from: &str, to: &str| json!({"petId": pet["id"], "oldStatus": from, "newStatus": to, "reason": "changed by staff"});
    assert_eq!(told, [change("NOT_AVAILABLE", "AVAILABLE"), change("AVAILABLE", "NOT_AVAILABLE")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_change_and_an_order_at_once_each_is_made_on_what_the_other_left() {
    let world = World::bare().await;
    let (staff, user) = (world.staff(), world.user(Scope::Shared).await);
    for _ in 0..10 {
        let pet = world.pet(&staff).await;
        let hidden = with(&pet, "status", "NOT_AVAILABLE");
        let (path, order) = (path(&pet), order_of(&pet));
        let (put, order) = tokio::join!(staff.put(&path, &hidden), user.post("/v1/orders", &order));
        let now = staff.get(&path).await.json()["status"].clone();
        match (put.status.as_u16(), order.status.as_u16()) {
            (200, 409) => assert_eq!(now, "NOT_AVAILABLE"),
            (409, 201) => assert_eq!(now, "PENDING"),
            other => panic!("{other:?}"),
        }
    }
    e2e::Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_many_at_once_is_lost() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    let put = async |age: u32| staff.put(&path(&pet), &with(&pet, "ageMonths", age)).await.status;
    let puts = join_all((0..8).map(put)).await;
    assert!(puts.iter().all(|status| *status == 200), "{puts:?}");
    assert_eq!(staff.get(&path(&pet)).await.header("etag"), "\"9\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_are_urls_and_each_that_is_none_is_told() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    let good = "https://example.com/max%20b.jpg?size=2";
    let photos =
        json!([good, "https://", "https://me:secret@example.com/max.jpg", good, "https://example.com/a b"]);
    let refused = staff.put(&path(&pet), &with(&pet, "photos", photos)).await;
    let fields: Vec<_> =
        refused.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(
        (refused.status.as_u16(), fields),
        (422, ["photos[1]", "photos[2]", "photos[4]"].map(Value::from).to_vec())
    );
    let many = staff.put(&path(&pet), &with(&pet, "photos", vec![good; 21])).await;
    assert_eq!((many.status.as_u16(), &many.json()["errors"][0]["field"]), (422, &json!("photos")));
    let kept = staff.put(&path(&pet), &with(&pet, "photos", vec![good; 2])).await;
    assert_eq!(kept.json()["photos"], json!([good, good]));
}
