//! What ends a callback request: the order's own fate, or the time; and how often its result is sent.

use domain::Scope;
use domain::time::DAY_MS;
use e2e::{Api, Card, Receiver, World, arrivals, callback, eventually, id};
use http::StatusCode;
use local::options::Options;
use platform::clock;
use serde_json::{Value, json};

async fn status_of(api: &Api, accepted: &e2e::Reply) -> Value {
    api.get(accepted.header("location")).await.json()["status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_pays_for_times_out_and_says_so() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let accepted = world.ask(&guest, &order, &receiver.url("/")).await;

    let early = world.sweep(clock::now().plus_ms(DAY_MS - 60_000)).await;
    assert_eq!((early.timed_out, early.expired), (0, 0));
    assert_eq!(status_of(&guest, &accepted).await, "PENDING");

    // The reservation lasts as long as the request, which is told first.
    let late = world.sweep(clock::now().plus_ms(DAY_MS + 1_000)).await;
    assert_eq!((late.timed_out, late.expired), (1, 1));
    world.local.waker().wake();
    let called = arrivals(&receiver, 1).await;
    assert_eq!(called[0].json()["result"], json!({"reason": "timed_out"}));
    assert_eq!(guest.get(&format!("/v1/orders/{}", id(&order))).await.json()["status"], "CANCELLED");
    assert_eq!(world.sweep(clock::now().plus_ms(2 * DAY_MS)).await.timed_out, 0);
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_settles_nothing_and_a_payment_settles_everything_once() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let open = world.ask(&guest, &order, &receiver.url("/open")).await;
    assert_eq!(world.pay(&guest, &order, Card::DECLINED).await.json()["status"], "FAILED");
    assert_eq!(status_of(&guest, &open).await, "PENDING");
    let settled = world.pay(&guest, &order, Card::GOOD).await.json();
    assert_eq!(settled["status"], "SUCCEEDED");

    let late = world.ask(&guest, &order, &receiver.url("/late")).await;
    assert_eq!(late.json()["status"], "COMPLETED", "what is decided already is settled at once");
    let ship = json!({"status": "SHIPPED"});
    assert_eq!(staff.patch(&format!("/v1/orders/{}", id(&order)), &ship).await.status, 200);
    let shipped = world.ask(&guest, &order, &receiver.url("/shipped")).await;
    assert_eq!(shipped.json()["status"], "COMPLETED");

    let called = arrivals(&receiver, 3).await;
    for path in ["/open", "/late", "/shipped"] {
        let of_path: Vec<_> = called.iter().filter(|call| call.path == path).collect();
        assert_eq!(of_path.len(), 1, "{path}");
        assert_eq!(of_path[0].json()["result"], called[0].json()["result"]);
    }
    assert_eq!(status_of(&guest, &open).await, "COMPLETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_takes_twenty_requests_and_no_more() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    assert_eq!(world.pay(&guest, &order, Card::GOOD).await.json()["status"], "SUCCEEDED");
    for number in 0..20 {
        assert_eq!(world.ask(&guest, &order, &receiver.url(&format!("/{number}"))).await.status, 201);
    }
    let refused = world.ask(&guest, &order, &receiver.url("/20")).await;
    assert_eq!((refused.status.as_u16(), e2e::code(&refused)), (429, "too_many_callbacks".to_owned()));
    arrivals(&receiver, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_result_is_tried_five_times() {
    let world = World::with(Options { retry_scale: 2_000.0, no_seed: true, ..Options::ephemeral() }).await;
    let receiver = Receiver::start().await.unwrap();
    receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    let (guest, staff) = (world.guest(), world.staff());
    let order = world.order(&guest, &staff).await;
    let accepted = world.ask(&guest, &order, &receiver.url("/")).await;
    assert_eq!(guest.delete(&format!("/v1/orders/{}", id(&order))).await.status, 204);

    let polled = guest.get(accepted.header("location")).await.json();
    let path = format!("/v1/deliveries/{}", polled["deliveryId"].as_str().unwrap());
    let delivery = eventually("the last try", async || {
        let found = staff.get(&path).await.json();
        (found["status"] == "FAILED").then_some(found)
    })
    .await;
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 5);
    assert_eq!(delivery["nextAttemptAt"], Value::Null);
    let tries = receiver.received();
    assert!(tries.iter().all(|one| one.header("webhook-id") == accepted.json()["requestId"]));
    assert!(tries.iter().all(|one| one.body == tries[0].body));
    assert_eq!(tries.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_guest_is_told_a_secret_and_only_those_who_may_see_the_order_poll() {
    let world = World::bare().await;
    let (user, stranger, guest) =
        (world.user(Scope::Shared).await, world.user(Scope::Shared).await, world.guest());
    let order = world.order(&user, &world.staff()).await;
    let accepted = world.ask(&user, &order, "http://127.0.0.1:9/").await;
    assert_eq!(accepted.json()["secret"], Value::Null);
    for other in [&stranger, &guest] {
        assert_eq!(other.get(accepted.header("location")).await.status, 404);
    }
    let polled = user.get(accepted.header("location")).await.json();
    assert_eq!((&polled["status"], &polled["callbackHost"]), (&json!("PENDING"), &json!("127.0.0.1")));
    assert_eq!(guest.get("/v1/webhooks/callback-secret").await.status, 401);

    let anonymous = world.order(&guest, &world.staff()).await;
    let body = callback(&anonymous, "http://127.0.0.1:9/", clock::now());
    let path = format!("/v1/orders/{}", id(&anonymous));
    let (accepted, again) = (guest.post(&path, &body).await.json(), guest.post(&path, &body).await.json());
    assert!(accepted["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(accepted, again, "the same body is the same request");
}
