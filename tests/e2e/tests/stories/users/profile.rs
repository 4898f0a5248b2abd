//! Profiles: who sees what, changing and leaving.

use domain::Scope;
use e2e::{World, code};
use http::Method;
use serde_json::{Value, json};

use crate::users::{PASSWORD, join, newcomer, sign_in, signed_in};

#[tokio::test(flavor = "multi_thread")]
async fn the_user_and_the_staff_see_what_others_do_not() {
    let world = World::bare().await;
    let (path, me) = join(&world, &world.guest(), "ada").await;
    assert_eq!(
        me.put(&path, &json!({"phone": "+12025551234", "preferences": {"newsletter": true}})).await.status,
        200
    );
    for api in [&me, &world.staff()] {
        let user = api.get(&path).await.json();
        assert_eq!((&user["email"], &user["phone"]), (&json!("ada@example.com"), &json!("+12025551234")));
        assert_eq!(user["preferences"], json!({"newsletter": true}));
    }
    for api in [&world.guest(), &world.user(Scope::Shared).await] {
        let reply = api.get(&path).await;
        let (user, id) = (reply.json(), path.trim_start_matches("/v1/users/"));
        assert_eq!(user["email"], format!("{id}@users.noreply.invalid"));
        assert_eq!(
            (&user["username"], user.get("phone"), user.get("preferences")),
            (&json!("ada"), None, None)
        );
        assert_ne!(reply.header("etag"), me.get(&path).await.header("etag"));
    }
    for nobody in ["/v1/users/7", "/v1/users/019b4139-1234-7abc-8def-123456789abc", "/v1/users/a%20b"] {
        assert_eq!(world.guest().get(nobody).await.status, 404, "{nobody}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_stays_and_names_move_with_their_user() {
    let world = World::bare().await;
    let (guest, (path, me)) = (world.guest(), join(&world, &world.guest(), "ada").await);
    let user = me.put(&path, &json!({"lastName": "Byron", "username": "Ada"})).await.json();
    assert_eq!([&user["firstName"], &user["lastName"], &user["username"]], ["Ada", "Byron", "Ada"]);
    join(&world, &guest, "bob").await;
    let taken = me.put(&path, &json!({"username": "BOB"})).await;
    assert_eq!((taken.status.as_u16(), code(&taken)), (422, "already_taken".into()));
    let edited = me.get(&path).await.json();
    assert_eq!(me.put(&path, &edited).await.status, 200);
    assert_eq!(me.put(&path, &json!({"username": "countess", "email": "c@example.com"})).await.status, 200);
    assert_eq!(guest.post("/v1/users", &newcomer("ada")).await.status, 201);
    assert_eq!(sign_in(&guest, "countess", PASSWORD).await.status, 200);
    let stale = me.call(Method::PUT, &path, &json!({"lastName": "King"}), &[("if-match", "\"1\"")]).await;
    assert_eq!(stale.status, 412);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_old_one_and_ends_every_token() {
    let world = World::bare().await;
    let (guest, (path, me)) = (world.guest(), join(&world, &world.guest(), "ada").await);
    let new = "MoreSecurePass456!";
    let bare = me.put(&path, &json!({"password": new})).await;
    assert_eq!((bare.status.as_u16(), &bare.json()["errors"][0]["field"]), (422, &json!("currentPassword")));
    let wrong = me.put(&path, &json!({"password": new, "currentPassword": "SecurePass123"})).await;
    assert_eq!((wrong.status.as_u16(), code(&wrong)), (422, "wrong_password".into()));
    assert_eq!(me.put(&path, &json!({"password": new, "currentPassword": PASSWORD})).await.status, 200);
    assert_eq!(me.get(&path).await.status, 401);
    assert_eq!(sign_in(&guest, "ada", PASSWORD).await.status, 401);
    let again = signed_in(&world, &sign_in(&guest, "ada", new).await);
    assert_eq!(again.get(&path).await.json()["email"], "ada@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_leaves_names_and_orders_behind() {
    let world = World::bare().await;
    let (staff, (path, me)) = (world.staff(), join(&world, &world.guest(), "ada").await);
    let order = world.order(&me, &staff).await;
    assert_eq!(me.delete(&path).await.status, 204);
    assert_eq!(world.guest().get(&path).await.status, 404);
    assert_eq!(me.get("/v1/orders").await.status, 401);
    assert_eq!(sign_in(&world.guest(), "ada", PASSWORD).await.status, 401);
    assert_eq!(staff.get(&format!("/v1/orders/{}", e2e::id(&order))).await.json()["id"], order["id"]);
    let (other, successor) = join(&world, &world.guest(), "ada").await;
    assert_ne!(other, path);
    assert_eq!(successor.get(&format!("/v1/orders/{}", e2e::id(&order))).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_another() {
    let world = World::bare().await;
    let (path, me) = join(&world, &world.guest(), "ada").await;
    let before = me.get(&path).await;
    for (api, status) in
        [(&world.guest(), 401), (&world.user(Scope::Shared).await, 403), (&world.staff(), 403)]
    {
        assert_eq!(api.put(&path, &json!({"firstName": "Eve"})).await.status, status);
        assert_eq!(api.delete(&path).await.status, status);
    }
    assert_eq!(me.get(&path).await.body, before.body);
    let lost: Value = world.user(Scope::Shared).await.put("/v1/users/7", &json!({})).await.json();
    assert_eq!(lost["status"], 404);
}
