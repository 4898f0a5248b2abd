//! What follows when a receiver fails: tries signed anew, waits that it asked for, an end, and a record of it all.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use domain::signature::{Message, WebhookSecret};
use domain::time::HOUR_MS;
use domain::{Scope, Timestamp};
use e2e::{Receiver, World, arrivals, eventually, id};
use http::StatusCode;
use local::options::Options;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Waits are a second, the shortest that a queue knows.
fn quick() -> Options {
    Options { retry_scale: 2_000.0, no_seed: true, ..Options::ephemeral() }
}

#[tokio::test(flavor = "multi_thread")]
async fn x10_every_try_is_signed_anew_under_the_same_id() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    receiver.answer(|_, before| if before < 2 { StatusCode::BAD_GATEWAY } else { StatusCode::NO_CONTENT });
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created"]).await;
    let secret = WebhookSecret::parse(endpoint["secret"].as_str().unwrap()).unwrap();
    world.order(&staff, &staff).await;
    let tries = arrivals(&receiver, 3).await;
    let seconds = |one: &e2e::Received| one.header("webhook-timestamp").parse::<i64>().unwrap();
    for one in &tries {
        let at = Timestamp::from_ms(seconds(one) * 1_000);
        let message = Message { id: tries[0].header("webhook-id"), at, body: &tries[0].body };
        assert_eq!(one.header("webhook-signature"), message.sign_v1(&secret));
        assert_eq!(one.header("x-webhook-signature"), message.sign_body(&secret));
    }
    assert!(seconds(&tries[0]) < seconds(&tries[1]) && seconds(&tries[1]) < seconds(&tries[2]));
}

/// The endpoint's delivery once it is given up, and how its tries ended.
async fn given_up(world: &World, endpoint: &Value) -> (Value, Vec<Value>) {
    let path = format!("/v1/webhooks/{}/deliveries", id(endpoint));
    let staff = world.tenant_staff();
    let failed = eventually("the last try", async || {
        let page = staff.get(&path).await.json();
        (page["data"][0]["status"] == "FAILED").then(|| page["data"][0].clone())
    })
    .await;
    let tries = failed["attempts"].as_array().unwrap();
    let statuses = tries.iter().map(|one| one["status"].clone()).collect();
    (failed, statuses)
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_a_receiver_that_always_refuses_gets_the_tries_of_the_schedule_and_no_more() {
    let options = Options { retry_scale: 200_000.0, no_seed: true, ..Options::ephemeral() };
    let (world, receiver) = (World::with(options).await, Receiver::start().await.unwrap());
    receiver.answer(|_, _| StatusCode::FORBIDDEN);
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &receiver.url("/"), &["order.created"]).await;
    world.order(&staff, &staff).await;
    let (failed, statuses) = given_up(&world, &endpoint).await;
    assert_eq!(statuses, vec![json!(403); 11]);
    assert_eq!((&failed["nextAttemptAt"], receiver.received().len()), (&Value::Null, 11));
    eventually("no message to be left", async || (world.in_queues().await == 0).then_some(())).await;
    assert_eq!(world.sweep(clock::now().plus_ms(1_000 * HOUR_MS)).await.sent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn x2_a_redirect_is_a_failure_that_follows_the_endpoints_own_schedule() {
    let (world, receiver) = (World::with(quick()).await, Receiver::start().await.unwrap());
    receiver.answer(|_, _| StatusCode::FOUND);
    let staff = world.tenant_staff();
    let body = json!({"url": receiver.url("/"), "events": ["order.created"], "retrySchedule": [5, 5]});
    let endpoint = staff.post("/v1/webhooks", &body).await.json();
    world.order(&staff, &staff).await;
    let (failed, statuses) = given_up(&world, &endpoint).await;
    assert_eq!(statuses, [302, 302, 302]);
    assert_eq!((&failed["nextAttemptAt"], receiver.received().len()), (&Value::Null, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_a_receiver_may_ask_for_a_longer_wait_and_its_words_are_for_the_endpoints_owner() {
    let world = World::bare().await;
    let staff = world.tenant_staff();
    let url =
        busy_receiver("HTTP/1.1 503 Busy\r\nretry-after: 43200\r\ncontent-length: 8\r\n\r\nin a bit").await;
    let endpoint = world.hook(&staff, &url, &["order.created"]).await;
    world.order(&staff, &staff).await;
    let path = format!("/v1/webhooks/{}/deliveries", id(&endpoint));
    let delivery = eventually("the first try", async || {
        let page = staff.get(&path).await.json();
        page["data"][0]["attempts"][0].is_object().then(|| page["data"][0].clone())
    })
    .await;
    let next = delivery["nextAttemptAt"].as_str().unwrap().to_owned();
    assert!(next > clock::now().plus_ms(11 * HOUR_MS).to_rfc3339(), "{delivery}");
    assert!(next < clock::now().plus_ms(15 * HOUR_MS).to_rfc3339(), "{delivery}");
    assert_eq!((&delivery["status"], &delivery["attempts"][0]["answer"]), (&json!("PENDING"), &Value::Null));
    let whole = staff.get(&format!("/v1/deliveries/{}", id(&delivery))).await.json();
    assert_eq!(whole["attempts"][0]["answer"], "in a bit");

    let colleague = world.user(DEMO_TENANT).await;
    let seen = colleague.get(&format!("/v1/deliveries/{}", id(&delivery))).await.json();
    assert_eq!((&seen["attempts"][0]["status"], &seen["attempts"][0]["answer"]), (&json!(503), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_endpoint_keeps_what_it_misses_and_a_new_one_hears_of_nothing_old() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    let disabled = world.hook(&staff, &receiver.url("/disabled"), &["*"]).await;
    let path = format!("/v1/webhooks/{}", id(&disabled));
    assert_eq!(staff.patch(&path, &json!({"status": "DISABLED"})).await.json()["status"], "DISABLED");
    let order = world.order(&staff, &staff).await;
    eventually("deliveries that wait", async || {
        let page = staff.get(&format!("{path}/deliveries")).await.json();
        let all = page["data"].as_array().unwrap();
        assert!(all.iter().all(|one| one["status"] == "PAUSED" && one["nextAttemptAt"].is_null()), "{page}");
        (all.len() == 2).then_some(())
    })
    .await;

    let late = json!({"url": receiver.url("/late"), "events": ["order.created", "order.statusChanged"],
                      "headers": {"X-Team": "pets", "Authorization": "Basic dGVhbTpwZXRz"}});
    assert_eq!(staff.post("/v1/webhooks", &late).await.status, 201);
    assert_eq!(staff.delete(&format!("/v1/orders/{}", id(&order))).await.status, 204);
    let received = arrivals(&receiver, 1).await;
    let told: Vec<_> =
        received.iter().map(|one| (one.path.as_str(), one.json()["eventType"].clone())).collect();
    assert_eq!(told, [("/late", json!("order.statusChanged"))]);
    assert_eq!(
        (received[0].header("x-team"), received[0].header("authorization")),
        ("pets", "Basic dGVhbTpwZXRz")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_newest_first_and_only_to_their_owner() {
    let (world, receiver) = (World::bare().await, Receiver::start().await.unwrap());
    let (owner, stranger) = (world.user(Scope::Shared).await, world.user(Scope::Shared).await);
    let endpoint = world.hook(&owner, &receiver.url("/"), &["order.created"]).await;
    for _ in 0..5 {
        world.order(&owner, &world.staff()).await;
    }
    arrivals(&receiver, 5).await;
    let path = format!("/v1/webhooks/{}/deliveries?limit=2", id(&endpoint));
    let (mut ids, mut page) = (Vec::new(), owner.get(&path).await.json());
    loop {
        ids.extend(page["data"].as_array().unwrap().iter().map(|one| id(one).to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        page = owner.get(&format!("{path}&cursor={cursor}")).await.json();
    }
    let events: Vec<_> = ids.iter().map(|id| id.split_once('_').unwrap().1).collect();
    assert!(events.is_sorted_by(|newer, older| newer > older), "{ids:?}");
    assert_eq!(ids.len(), 5);
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.get(&format!("/v1/deliveries/{}", ids[0])).await.status, 404);
    assert_eq!(owner.get(&format!("/v1/deliveries/{}", ids[0])).await.json()["kind"], "webhook");
}

/// A receiver that gives everybody this answer.
async fn busy_receiver(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = vec![0; 64 * 1024];
            let read = socket.read(&mut request).await.unwrap();
            assert!(read > 0);
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}
