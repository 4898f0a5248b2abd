//! Sends that could come twice: failed records, doubled messages, clients that hang up.

use domain::delivery::DeliveryStatus;
use domain::time::MINUTE_MS;
use e2e::{Books, Outage, World, arrivals, eventually};
use http::StatusCode;
use local::options::Options;
use platform::clock;
use queue::QueueName;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::failures::{after, deliveries, delivery_that, empty, hearing, send, still, tries};

/// Copies that come although the receiver took the first, because their record failed.
const ROUNDS: usize = 5;
/// How often the SDK tries one call.
const SDK_TRIES: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn d1_whose_record_fails_is_sent_once_in_each_window_and_under_one_id() {
    // Of a delivery's key: the catalogue writes by such calls too.
    let outage = Outage::about(&["BatchExecuteStatement"], "#D#");
    let cut = outage.clone();
    let rewire = move |wiring: &mut local::stack::Wiring| {
        wiring.dynamodb.http_client = cut.around(&wiring.dynamodb.http_client);
    };
    let world = World::rewired(still(), rewire).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    let switch = outage.clone();
    receiver.answer(move |_, before| {
        if before < ROUNDS {
            switch.start();
        }
        StatusCode::OK
    });
    world.order(&staff, &staff).await;
    let mut at = MINUTE_MS;
    for round in 1..=ROUNDS {
        arrivals(&receiver, round).await;
        eventually("the record to fail", async || (outage.refused() >= round * SDK_TRIES).then_some(()))
            .await;
        outage.stop();
        assert_eq!(deliveries(&staff, &endpoint).await[0]["status"], "PENDING");
        assert_eq!(world.sweep(after(at)).await.sent, 1, "round {round}");
        at += 20 * MINUTE_MS;
    }
    delivery_that(&staff, &endpoint, "the record", |one| one["status"] == "DELIVERED").await;
    let received = receiver.received();
    assert_eq!(received.len(), ROUNDS + 1);
    assert!(received.iter().all(|copy| copy.header("webhook-id") == received[0].header("webhook-id")));
    assert!(received.iter().all(|copy| copy.body == received[0].body));
    assert_eq!(world.sweep(after(at)).await.sent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn d7_of_many_copies_of_a_message_one_is_sent_and_counted() {
    let world = World::with(Options { delivery_environments: 3, ..still() }).await;
    let staff = world.tenant_staff();
    let (receiver, endpoint) = hearing(&world).await;
    receiver.answer(|_, before| if before < 2 { StatusCode::CONFLICT } else { StatusCode::OK });
    world.order(&staff, &staff).await;
    let shown = delivery_that(&staff, &endpoint, "the first try", |one| tries(one) == 1).await;
    let id = domain::delivery::DeliveryId::parse(e2e::id(&shown)).unwrap();
    for (round, status) in [(2, DeliveryStatus::Pending), (3, DeliveryStatus::Delivered)] {
        let row = world.store.delivery_fetch(local::seed::DEMO_TENANT, id).await.unwrap().unwrap();
        send(&world, QueueName::Slow, &row, 50).await;
        empty(&world).await;
        let row = world.store.delivery_fetch(local::seed::DEMO_TENANT, id).await.unwrap().unwrap();
        assert_eq!((row.attempts.len(), row.status), (round, status));
        assert_eq!(receiver.received().len(), round);
    }
    let row = world.store.delivery_fetch(local::seed::DEMO_TENANT, id).await.unwrap().unwrap();
    assert_eq!(row.attempts.iter().map(|one| one.status).collect::<Vec<_>>(), [409, 409, 200].map(Some));
}

#[tokio::test(flavor = "multi_thread")]
async fn d8_a_client_that_hangs_up_and_asks_again_has_placed_one_order() {
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let (receiver, _) = hearing(&world).await;
    let body = json!({"petId": world.pet(&staff).await["id"]});
    let key = clock::fresh_id().to_string();
    let address = world.local.address();
    let token =
        world.local.token(local::seed::DEMO_TENANT, local::seed::staff_of(local::seed::DEMO_TENANT)).unwrap();
    let text = body.to_string();
    let request = format!(
        "POST /v1/orders HTTP/1.1\r\nhost: localhost:{}\r\nauthorization: Bearer {token}\r\nidempotency-key: {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
        address.port(),
        text.len()
    );
    let mut socket = TcpStream::connect(("127.0.0.1", address.port())).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    drop(socket);
    let again = eventually("an answer", async || {
        let reply = staff.post_once("/v1/orders", &body, &key).await;
        (reply.status == 201).then(|| reply.json())
    })
    .await;
    let told = arrivals(&receiver, 1).await;
    assert_eq!(told[0].json()["data"]["order"]["id"], again["id"]);
    let books = Books::read(&world).await;
    books.assert_agree();
    assert_eq!((books.orders.len(), receiver.received().len()), (1, 1));
}
