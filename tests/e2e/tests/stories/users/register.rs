//! Registration.

use e2e::{World, code};
use local::seed::DEMO_TENANT;
use serde_json::json;

use crate::users::{guest_of, newcomer, path, signed_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_signed_in_at_once() {
    let world = World::bare().await;
    let mut body = newcomer("kylekinh");
    body["phone"] = json!("+18638982053");
    let reply = world.guest().post("/v1/users", &body).await;
    let user = reply.json();
    assert_eq!((reply.status.as_u16(), reply.header("location")), (201, path(&user).as_str()));
    assert_eq!(
        [&user["username"], &user["email"], &user["phone"], &user["tenantId"]],
        [&json!("kylekinh"), &json!("kylekinh@example.com"), &json!("+18638982053"), &json!(null)]
    );
    assert!(user.get("password").is_none() && user["expiresAt"].is_string());
    let me = signed_in(&world, &reply);
    assert_eq!(me.get(&path(&user)).await.json()["email"], "kylekinh@example.com");
    let roles = me.get(&format!("{}/roles", path(&user))).await.json();
    assert_eq!((roles["scopes"].as_array().unwrap().len(), &roles["staff"]), (8, &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_nobody_elses_in_their_pool() {
    let world = World::bare().await;
    let guest = world.guest();
    assert_eq!(guest.post("/v1/users", &newcomer("ada")).await.status, 201);
    let again = guest.post("/v1/users", &newcomer("ADA")).await;
    let fields: Vec<_> =
        again.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(
        (again.status.as_u16(), code(&again), fields),
        (422, "already_taken".into(), vec![json!("username"), json!("email")])
    );
    assert_eq!(guest_of(&world, DEMO_TENANT).post("/v1/users", &newcomer("ada")).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_a_name_at_once_one_gets_it() {
    let world = World::bare().await;
    let tries = (0..8).map(|number| {
        let guest = world.guest();
        async move {
            let mut body = newcomer("ada");
            body["email"] = json!(format!("ada{number}@example.com"));
            guest.post("/v1/users", &body).await.status.as_u16()
        }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422, 422, 422, 422, 422]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_registers_nobody_and_shows_no_token() {
    let world = World::bare().await;
    let (guest, key) = (world.guest(), "a-key-of-22-characters-or-more");
    let first = guest.post_once("/v1/users", &newcomer("ada"), key).await;
    let second = guest.post_once("/v1/users", &newcomer("ada"), key).await;
    assert_eq!((second.status.as_u16(), second.header("idempotent-replayed")), (201, "true"));
    assert_eq!(second.json()["id"], first.json()["id"]);
    assert!(first.json()["token"].is_string() && second.json().get("token").is_none());
    let other = guest.post_once("/v1/users", &newcomer("bob"), key).await;
    assert_eq!((other.status.as_u16(), code(&other)), (422, "idempotency_key_reused".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_told_at_once() {
    let world = World::bare().await;
    let body =
        json!({"username": "a b", "email": "ada", "firstName": "", "password": "1234567", "phone": "07"});
    let reply = world.guest().post("/v1/users", &body).await;
    let fields: Vec<_> =
        reply.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(reply.status, 422);
    assert_eq!(fields, ["username", "email", "firstName", "lastName", "phone", "password"]);
    assert!(!String::from_utf8_lossy(&reply.body).contains("1234567"));
}
