//! What becomes of the webhook endpoints of a user who leaves.

use domain::Scope;
use domain::id::UserId;
use domain::time::DAY_MS;
use e2e::{Receiver, World, arrivals, eventually, id, soon};
use futures_util::future::join_all;
use http::StatusCode;
use lambda_http::Body;
use local::functions;
use platform::clock;
use serde_json::{Value, json};

use crate::users::{PASSWORD, fresh_tenant, guest_of, join, newcomer, path, sign_in, signed_in};

fn endpoint() -> Value {
    json!({"url": "http://127.0.0.1:9/", "events": ["*"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_is_sent_to_a_user_who_left_the_shared_pool() {
    let world = World::bare().await;
    let (staff, receiver) = (world.staff(), Receiver::start().await.unwrap());
    receiver.answer(|request, _| match request.path.as_str() {
        "/gone" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::OK,
    });
    let (gone, other) =
        (join(&world, &world.guest(), "ada").await, join(&world, &world.guest(), "bob").await);
    let mut orders = Vec::new();
    for (path, user) in [("/gone", &gone.1), ("/other", &other.1)] {
        world.hook(user, &receiver.url(path), &["order.created", "order.statusChanged"]).await;
        orders.push(world.order(user, &staff).await);
    }
    arrivals(&receiver, 2).await;

    // One try waits to be repeated, and more happens to the order.
    assert_eq!(gone.1.delete(&gone.0).await.status, 204);
    for order in &orders {
        assert_eq!(staff.delete(&format!("/v1/orders/{}", id(order))).await.status, 204);
    }
    let of_other = |received: &[e2e::Received]| received.iter().filter(|one| one.path == "/other").count();
    soon("the other user's event", receiver.until(|received| of_other(received) == 2)).await;
    until_ended(&world).await;
    let received = receiver.received();
    assert_eq!((of_other(&received), received.len()), (2, 3));
}

/// Waits until no delivery is open. Next tries are brought forward, as if their time had come.
async fn until_ended(world: &World) {
    eventually("every delivery to end", async || {
        let tomorrow = clock::now().plus_ms(DAY_MS);
        world.sweep(tomorrow).await;
        let open =
            async |is_sent| world.store.deliveries_due(is_sent, tomorrow.plus_ms(DAY_MS), 100).await.rows;
        (open(true).await.is_empty() && open(false).await.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_is_made_while_its_user_leaves_or_afterwards() {
    let world = World::bare().await;
    let elsewhere = functions::wire(world.local.wiring().clone()).await.unwrap().http;
    for number in 0..8 {
        let reply = world.guest().post("/v1/users", &newcomer(&format!("user{number}"))).await;
        let (user, api) = (UserId::parse(id(&reply.json())).unwrap(), signed_in(&world, &reply));
        let ask = async || {
            let token = format!("Bearer {}", reply.json()["token"].as_str().unwrap());
            let request = http::Request::post("/v1/webhooks")
                .header("authorization", token)
                .header("content-type", "application/json");
            let body = Body::Text(endpoint().to_string());
            elsewhere["webhooks"](request.body(body).unwrap()).await.status()
        };
        // This process knows the user for a minute.
        assert_eq!(ask().await, 201);
        let path = path(&reply.json());
        let (left, _) = tokio::join!(api.delete(&path), join_all((0..3).map(|_| ask())));
        assert_eq!((left.status, ask().await), (StatusCode::NO_CONTENT, StatusCode::UNAUTHORIZED));
        let kept = world.store.endpoints_fetch(Scope::Shared, user).await.unwrap().readable;
        assert!(kept.is_empty(), "{} endpoints are nobody's", kept.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_endpoints_stay_when_their_maker_leaves() {
    let world = World::bare().await;
    let guest = guest_of(&world, fresh_tenant());
    let (_, owner) = join(&world, &guest, "ada").await;
    let (path, _) = join(&world, &guest, "bob").await;
    let scopes = json!({"scopes": ["admin:webhooks", "write:user"], "staff": true});
    assert_eq!(owner.put(&format!("{path}/roles"), &scopes).await.status, 200);
    let maker = signed_in(&world, &sign_in(&guest, "bob", PASSWORD).await);
    let made = maker.post("/v1/webhooks", &endpoint()).await.json();
    assert_eq!(maker.delete(&path).await.status, 204);
    assert_eq!(owner.get("/v1/webhooks").await.json()["data"][0]["id"], made["id"]);
}
