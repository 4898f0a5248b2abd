//! The breaker, over several environments that share nothing but the tables.

use domain::time::SECOND_MS;
use e2e::{Api, Hold, Receiver, World, eventually, id};
use http::StatusCode;
use local::options::Options;
use platform::clock;
use serde_json::{Value, json};

use crate::isolation::place;

const ORDERS: usize = 30;
/// Failures that open it, sends that may be under way meanwhile, and the rest of a batch's claims, in one environment.
const TRIES_MAX: usize = 5 + 4;

async fn failing(environments: usize, scale: f64) -> (World, Receiver, Value) {
    let options = Options { delivery_environments: environments, retry_scale: scale, ..Options::ephemeral() };
    failing_in(World::with(Options { no_seed: true, ..options }).await).await
}

async fn failing_in(world: World) -> (World, Receiver, Value) {
    let receiver = Receiver::start().await.unwrap();
    receiver.answer(|_, _| StatusCode::SERVICE_UNAVAILABLE);
    let endpoint = world.hook(&world.tenant_staff(), &receiver.url("/"), &["order.created"]).await;
    (world, receiver, endpoint)
}

async fn deliveries(staff: &Api, endpoint: &Value) -> Vec<Value> {
    let page = staff.get(&format!("/v1/webhooks/{}/deliveries?limit=100", id(endpoint))).await.json();
    page["data"].as_array().unwrap().clone()
}

fn tries(delivery: &Value) -> usize {
    delivery["attempts"].as_array().unwrap().len()
}

/// Whether it was tried and waits for its next try, or rests behind the breaker.
fn rests(delivery: &Value) -> bool {
    let soon = clock::now().plus_ms(10 * SECOND_MS).to_rfc3339();
    delivery["nextAttemptAt"].as_str().is_some_and(|at| at > soon.as_str())
}

async fn rested(staff: &Api, endpoint: &Value, count: usize) -> Vec<Value> {
    eventually("every delivery to be tried or to rest", async || {
        let all = deliveries(staff, endpoint).await;
        (all.len() == count && all.iter().all(rests)).then_some(all)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_only_fails_is_left_alone_and_no_try_is_counted() {
    for environments in [1, 3] {
        let (world, receiver, endpoint) = failing(environments, 1.0).await;
        let staff = world.tenant_staff();
        place(&world, &staff, ORDERS).await;
        let all = rested(&staff, &endpoint, ORDERS).await;
        assert!(all.iter().all(|one| one["status"] == "PENDING"));
        let tried: usize = all.iter().map(tries).sum();
        assert_eq!(tried, receiver.received().len(), "what was not sent was not counted");
        assert!(tried <= environments * TRIES_MAX, "{tried} tries by {environments}");
    }
}

/// One delivery asks for the breaker's row before it opens and hears of none afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_late_does_not_close_it_again() {
    let hold = Hold::first("GetItem", "#B#");
    let options = Options { no_seed: true, delivery_environments: 1, ..Options::ephemeral() };
    let world = World::rewired(options, |wiring| {
        wiring.dynamodb.http_client = hold.around(&wiring.dynamodb.http_client);
    });
    let (world, receiver, endpoint) = failing_in(world.await).await;
    let staff = world.tenant_staff();
    place(&world, &staff, 2 * TRIES_MAX).await;
    eventually("the breaker to open", async || {
        let all = deliveries(&staff, &endpoint).await;
        all.iter().any(|one| tries(one) == 0 && rests(one)).then_some(())
    })
    .await;
    hold.release();
    place(&world, &staff, TRIES_MAX).await;
    rested(&staff, &endpoint, 3 * TRIES_MAX).await;
    let tried = receiver.received().len();
    assert!(tried <= TRIES_MAX, "{tried} tries");
}

/// Whoever mended a receiver need not wait for the next probe.
#[tokio::test(flavor = "multi_thread")]
async fn a_test_passes_it_and_ends_it() {
    // Open for hours; the sweeper runs when it is told to.
    let (world, receiver, endpoint) = failing(1, 0.001).await;
    let staff = world.tenant_staff();
    place(&world, &staff, ORDERS).await;
    let all = rested(&staff, &endpoint, ORDERS).await;
    let opens_at = all.iter().filter(|one| tries(one) == 0).map(|one| one["nextAttemptAt"].as_str()).min();
    let opens_at = opens_at.flatten().unwrap();

    let ask = async || {
        let asked = staff.post(&format!("/v1/webhooks/{}/test", id(&endpoint)), &Value::Null).await;
        assert_eq!(asked.status, 202);
        assert_eq!(world.sweep(clock::now()).await.sent, 1);
        eventually("the test to end", async || {
            let test = staff.get(asked.header("location")).await.json();
            (test["status"] != "PENDING").then_some(test)
        })
        .await
    };
    let failed = ask().await;
    assert_eq!(failed["status"], "FAILED");
    // A test that is begun again waits like others: five a minute are enough.
    let path = format!("/v1/deliveries/{}", id(&failed));
    assert_eq!(staff.post(&format!("{path}/retry"), &Value::Null).await.status, 202);
    assert_eq!(world.sweep(clock::now()).await.sent, 1);
    let again = eventually("another rest", async || Some(staff.get(&path).await.json()).filter(rests)).await;
    assert_eq!(tries(&again), 1);
    receiver.answer(|_, _| StatusCode::OK);
    let test = ask().await;
    assert_eq!(test["status"], "DELIVERED");
    assert!(test["attempts"][0]["at"].as_str().unwrap() < opens_at, "{test} waited until {opens_at}");
    place(&world, &staff, 1).await;
    let newest = eventually("the next delivery to arrive", async || {
        let all = deliveries(&staff, &endpoint).await;
        all.into_iter().find(|one| one["eventType"] == "order.created" && one["status"] == "DELIVERED")
    })
    .await;
    assert!(newest["attempts"][0]["at"].as_str().unwrap() < opens_at, "{newest} waited until {opens_at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_it_is_well_again_everything_arrives() {
    let (world, receiver, endpoint) = failing(2, 20.0).await;
    let staff = world.tenant_staff();
    place(&world, &staff, ORDERS).await;
    eventually("the breaker to open", async || {
        let all = deliveries(&staff, &endpoint).await;
        (receiver.received().len() >= 5 && all.iter().any(|one| tries(one) == 0)).then_some(())
    })
    .await;
    receiver.answer(|_, _| StatusCode::OK);
    let all = eventually("every delivery to arrive", async || {
        let all = deliveries(&staff, &endpoint).await;
        (all.len() == ORDERS && all.iter().all(|one| one["status"] == "DELIVERED")).then_some(all)
    })
    .await;
    let succeeded =
        |one: &Value| one["attempts"].as_array().unwrap().iter().filter(|t| t["status"] == 200).count();
    assert!(all.iter().all(|one| succeeded(one) == 1), "each arrived once");
    let sent: usize = all.iter().map(tries).sum();
    assert_eq!(sent, receiver.received().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_thinks_of_one_message_says_nothing_of_the_next() {
    let (world, receiver, endpoint) = failing(1, 1.0).await;
    receiver.answer(|_, _| StatusCode::BAD_REQUEST);
    let staff = world.tenant_staff();
    place(&world, &staff, ORDERS).await;
    let all = eventually("every delivery to be tried", async || {
        let all = deliveries(&staff, &endpoint).await;
        (all.len() == ORDERS && all.iter().all(|one| tries(one) == 1)).then_some(all)
    })
    .await;
    assert!(all.iter().all(|one| one["attempts"][0]["status"] == json!(400)));
}
