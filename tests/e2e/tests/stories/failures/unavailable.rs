//! Receivers that are not well for long, and what becomes of what waits for them.

use domain::delivery::{Delivery, Due};
use domain::retry::Schedule;
use domain::time::{DAY_MS, MINUTE_MS};
use domain::webhook::Endpoint;
use e2e::{Outage, Receiver, World, arrivals, eventually, id};
use http::StatusCode;
use local::options::Options;
use platform::clock;
use serde_json::{Value, json};
use store::Commit;

use crate::failures::{alter, delivery_that, hearing, still, stored, tries, unmade};

/// Five failures in a row: the lane's breaker is open.
async fn trip(world: &World, receiver: &Receiver, endpoint: &Value) {
    let staff = world.tenant_staff();
    receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    for nth in 1..=5 {
        world.order(&staff, &staff).await;
        arrivals(receiver, nth).await;
    }
    eventually("the last outcome", async || {
        let tried = crate::failures::deliveries(&staff, endpoint).await;
        tried.iter().all(|one| tries(one) == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_what_waits_for_a_receiver_that_is_never_well_ends_a_day_after_its_schedule() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    trip(&world, &receiver, &endpoint).await;
    let (to, now) = (stored(&world, &endpoint).await, clock::now());
    // `still` makes every wait a thousand times as long, and so this one.
    for (days, status) in [(2_000, "FAILED"), (500, "PENDING")] {
        let old = Delivery {
            schedule: Schedule::once(),
            created_at: now.plus_ms(-days * DAY_MS),
            ..unmade(&to, Due::scheduled(now))
        };
        assert_eq!(world.store.delivery_create(&old).await.unwrap(), Commit::Done);
        assert_eq!(world.sweep(clock::now()).await.sent, 1);
        let path = format!("/v1/deliveries/{}", old.id);
        let ended = eventually("its end, or another rest", async || {
            let one = staff.get(&path).await.json();
            let is_kept_back = one["nextAttemptAt"]
                .as_str()
                .is_some_and(|at| at > now.plus_ms(MINUTE_MS).to_rfc3339().as_str());
            (one["status"] == "FAILED" || is_kept_back).then_some(one)
        })
        .await;
        assert_eq!(ended["status"], status, "{ended}");
        if status == "FAILED" {
            assert_eq!(ended["attempts"][0]["failure"], "receiver_unavailable");
        }
    }
    assert_eq!(receiver.received().len(), 5, "nothing more was sent");
}

/// After a standstill of ours, say: everything is overdue, and its receiver is well again.
#[tokio::test(flavor = "multi_thread")]
async fn d2_nobody_is_given_up_while_a_receiver_that_is_well_again_gets_more_and_more() {
    let world = World::with(Options { no_seed: true, ..Options::ephemeral() }).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    trip(&world, &receiver, &endpoint).await;
    receiver.answer(|_, _| StatusCode::OK);
    let test = staff.post(&format!("/v1/webhooks/{}/test", id(&endpoint)), &Value::Null).await;
    assert_eq!(test.status, 202);
    let delivered = async |path: String| {
        eventually("its delivery", async || {
            let one = staff.get(&path).await.json();
            assert_ne!(one["status"], "FAILED", "{one}");
            (one["status"] == "DELIVERED").then_some(())
        })
        .await;
    };
    delivered(test.header("location").to_owned()).await;

    let (to, now) = (stored(&world, &endpoint).await, clock::now());
    let mut overdue = Vec::new();
    for _ in 0..30 {
        let old = Delivery { created_at: now.plus_ms(-9 * DAY_MS), ..unmade(&to, Due::scheduled(now)) };
        assert_eq!(world.store.delivery_create(&old).await.unwrap(), Commit::Done);
        overdue.push(old.id);
    }
    for id in overdue {
        delivered(format!("/v1/deliveries/{id}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn l8_what_was_made_before_an_outage_and_came_to_rest_in_it_is_recovered() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    receiver.answer(|_, _| StatusCode::INTERNAL_SERVER_ERROR);
    world.order(&staff, &staff).await;
    delivery_that(&staff, &endpoint, "a try", |one| tries(one) == 1).await;
    let since = json!({"since": clock::now().plus_ms(1).to_rfc3339()});
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    assert_eq!(staff.patch(&path, &json!({"status": "DISABLED"})).await.status, 200);
    let much_later = clock::now().plus_ms(3_000 * DAY_MS);
    assert_eq!(world.sweep(much_later).await.sent, 1);
    delivery_that(&staff, &endpoint, "its rest", |one| one["status"] == "PAUSED").await;

    receiver.answer(|_, _| StatusCode::OK);
    assert_eq!(staff.patch(&path, &json!({"status": "ENABLED"})).await.status, 200);
    assert_eq!(staff.post(&format!("{path}/recover"), &since).await.status, 202);
    let swept = world.sweep(clock::now()).await;
    assert_eq!((swept.recovered, swept.sent), (1, 1));
    delivery_that(&staff, &endpoint, "the delivery", |one| one["status"] == "DELIVERED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x17_a_url_that_was_mended_is_tried_at_once() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    trip(&world, &receiver, &endpoint).await;
    let well = Receiver::start().await.unwrap();
    let path = format!("/v1/webhooks/{}", id(&endpoint));
    assert_eq!(staff.patch(&path, &json!({"url": well.url("/")})).await.status, 200);
    assert_eq!(staff.post(&format!("{path}/test"), &Value::Null).await.status, 202);
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    arrivals(&well, 1).await;
}

/// It may hang, and hold up the invocation that works on the others' first tries.
#[tokio::test(flavor = "multi_thread")]
async fn s1_whoever_only_fails_waits_in_the_slow_queue_from_the_first_message_on() {
    let slow = Outage::about(&["SendMessageBatch"], "slow");
    let between = slow.clone();
    let rewire = move |wiring: &mut local::stack::Wiring| {
        wiring.sqs.http_client = between.around(&wiring.sqs.http_client);
    };
    let world = World::rewired(still(), rewire).await;
    let staff = world.tenant_staff();
    let (well, failing) = (hearing(&world).await, hearing(&world).await);
    let long_ago = clock::now().plus_ms(-MINUTE_MS);
    alter(&world, &failing.1, move |stored| Endpoint { failing_since: Some(long_ago), ..stored }).await;
    slow.start();
    world.order(&staff, &staff).await;
    arrivals(&well.0, 1).await;
    eventually("a message for the slow queue", async || (slow.refused() > 0).then_some(())).await;
    assert!(failing.0.received().is_empty());
    // Not stopped before, or another try to send it would succeed. The sweeper has a way of its own.
    assert_eq!(
        world.sweep(clock::now().plus_ms(MINUTE_MS)).await.sent,
        1,
        "what no queue took is brought back"
    );
    slow.stop();
    arrivals(&failing.0, 1).await;
}

/// It was held back, by a breaker, say, and stands behind others' first tries from then on.
#[tokio::test(flavor = "multi_thread")]
async fn s1_a_first_try_that_rested_comes_by_the_slow_queue() {
    let world = World::with(still()).await;
    let slow = Outage::about(&["SendMessageBatch"], "slow");
    let mut wiring = world.local.wiring().clone();
    wiring.sqs.http_client = slow.around(&wiring.sqs.http_client);
    let sweeper = local::functions::sweeper(&wiring).unwrap();
    slow.start();
    let (receiver, endpoint) = hearing(&world).await;
    let (to, now) = (stored(&world, &endpoint).await, clock::now());
    for (age_ms, sent) in [(MINUTE_MS, 0), (0, 1)] {
        let one = Delivery { created_at: now.plus_ms(-age_ms), ..unmade(&to, Due::scheduled(now)) };
        assert_eq!(world.store.delivery_create(&one).await.unwrap(), Commit::Done);
        assert_eq!(delivery::sweeper::sweep(&sweeper, clock::now()).await.unwrap().sent, sent);
    }
    arrivals(&receiver, 1).await;
}
