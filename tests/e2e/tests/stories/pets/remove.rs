//! `DELETE /v1/pets/{id}`.

use domain::Scope;
use e2e::{Books, World, code, id};
use http::Method;
use serde_json::{Value, json};

use crate::pets::{order_of, path};

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_pet_is_gone_for_everyone() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    let reply = staff.delete(&path(&pet)).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0));
    assert_eq!(staff.get(&path(&pet)).await.status, 404);
    assert_eq!(staff.put(&path(&pet), &pet).await.status, 404);
    assert_eq!(staff.delete(&path(&pet)).await.status, 404);
    assert_eq!(staff.post("/v1/orders", &order_of(&pet)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pet_is_deleted_only_where_no_open_order_holds_it() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let pet = json!({"id": order["petId"]});
    let refused = staff.delete(&path(&pet)).await;
    assert_eq!((refused.status.as_u16(), code(&refused)), (409, "pet_held".to_owned()));
    assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&order))).await.status, 204);
    assert_eq!(staff.delete(&path(&pet)).await.status, 204);
    assert_eq!(staff.get(&format!("/v1/orders/{}", id(&order))).await.json()["petId"], pet["id"]);
    Books::read(&world).await.assert_agree();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_is_not_deleted() {
    let world = World::bare().await;
    let staff = world.staff();
    let pet = world.pet(&staff).await;
    let delete = async |tag: &str| {
        staff.call(Method::DELETE, &path(&pet), &Value::Null, &[("if-match", tag)]).await.status.as_u16()
    };
    assert_eq!(delete("\"2\"").await, 412);
    assert_eq!(delete("\"1\"").await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_deletion_and_an_order_at_once_one_is_made() {
    let world = World::bare().await;
    let (staff, user) = (world.staff(), world.user(Scope::Shared).await);
    for _ in 0..10 {
        let pet = world.pet(&staff).await;
        let (path, order) = (path(&pet), order_of(&pet));
        let (deleted, ordered) = tokio::join!(staff.delete(&path), user.post("/v1/orders", &order));
        let statuses = (deleted.status.as_u16(), ordered.status.as_u16());
        assert!(matches!(statuses, (204, 404) | (409, 201)), "{statuses:?}");
    }
    Books::read(&world).await.assert_agree();
}
