//! What piles up: big answers, full queues, retries before first tries, a queue that fails.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::time::SECOND_MS;
use e2e::{Outage, World, eventually, id};
use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use local::function::QueueFunction;
use local::options::Options;
use local::queue_poller::QueuePoller;
use platform::aws::AwsConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::failures::{deliveries, delivery_that, empty, hearing, once, still, tries};

/// A receiver that serves each of its connections with `serve`.
async fn serving<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_a_megabyte_of_error_is_recorded_once_and_cut() {
    let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let url = serving(move |mut socket| {
        let said = said.clone();
        async move {
            let mut request = vec![0; 64 * 1_024];
            if socket.read(&mut request).await.is_ok_and(|read| read > 0) {
                said.send(()).unwrap();
                let body = vec![0xff; 1_048_576];
                let head = format!("HTTP/1.1 500 Oops\r\ncontent-length: {}\r\n\r\n", body.len());
                // The client hangs up in the middle, as it should.
                drop(socket.write_all(&[head.as_bytes(), &body].concat()).await);
            }
        }
    })
    .await;
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &url, &["order.created"]).await;
    world.order(&staff, &staff).await;
    let tried = delivery_that(&staff, &endpoint, "the try", |one| tries(one) == 1).await;
    assert_eq!((&tried["attempts"][0]["status"], &tried["status"]), (&500.into(), &"PENDING".into()));
    let tried = staff.get(&format!("/v1/deliveries/{}", id(&tried))).await.json();
    let answer = tried["attempts"][0]["answer"].as_str().unwrap();
    assert!((1..=4_096).contains(&answer.len()), "{}", answer.len());
    empty(&world).await;
    assert!(heard.recv().await.is_some() && heard.is_empty(), "it was sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_when_everything_is_delivered_the_queues_are_empty() {
    const ORDERS: usize = 150;
    let world = World::with(Options { retry_scale: 2_000.0, ..still() }).await;
    let (receiver, endpoint) = hearing(&world).await;
    let seen = Mutex::new(HashSet::new());
    // A third of them is refused once, in words that say nothing of the receiver.
    receiver.answer(move |request, before| {
        let is_new = seen.lock().unwrap().insert(request.header("webhook-id").to_owned());
        if is_new && before % 3 == 0 { StatusCode::CONFLICT } else { StatusCode::OK }
    });
    let staff = world.tenant_staff();
    stream::iter(0..ORDERS).map(|_| world.order(&staff, &staff)).buffer_unordered(8).count().await;
    let path = format!("/v1/webhooks/{}/deliveries?limit=100&status=PENDING", id(&endpoint));
    eventually("every delivery to end", async || {
        let ids: HashSet<_> =
            receiver.received().iter().map(|one| one.header("webhook-id").to_owned()).collect();
        let pending = staff.get(&path).await.json();
        (ids.len() == ORDERS && pending["data"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    empty(&world).await;
}

/// Refuses what is new at once and what comes again after a while.
async fn slow_with_what_comes_again(mut socket: TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    let mut request = vec![0; 64 * 1_024];
    while let Ok(read) = socket.read(&mut request).await {
        let text = String::from_utf8_lossy(&request[..read]).into_owned();
        let Some(id) = text.split("webhook-id: ").nth(1).and_then(|rest| rest.split('\r').next()) else {
            return;
        };
        let again = {
            let mut seen = seen.lock().unwrap();
            let again = seen.iter().any(|one| one == id);
            seen.push(id.to_owned());
            again
        };
        if again {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        if socket.write_all(b"HTTP/1.1 409 No\r\ncontent-length: 0\r\n\r\n").await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s12_first_tries_overtake_the_retries_of_their_own_endpoint() {
    const OLD: usize = 40;
    const NEW: usize = 5;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    let url = serving(move |socket| slow_with_what_comes_again(socket, kept.clone())).await;
    let world = World::with(Options { retry_scale: 2_000.0, ..still() }).await;
    let staff = world.tenant_staff();
    world.hook(&staff, &url, &["order.created"]).await;
    let counted = || {
        let seen = seen.lock().unwrap();
        let distinct = seen.iter().collect::<HashSet<_>>().len();
        (distinct, seen.len() - distinct)
    };
    let place = async |count| {
        stream::iter(0..count).map(|_| world.order(&staff, &staff)).buffer_unordered(8).count().await
    };
    place(OLD).await;
    eventually("the retries to begin", async || {
        let (distinct, again) = counted();
        (distinct == OLD && again >= 3).then_some(())
    })
    .await;
    let mut again = 0;
    for new in 1..=NEW {
        place(1).await;
        again = eventually("a new one", async || {
            let (distinct, again) = counted();
            (distinct == OLD + new).then_some(again)
        })
        .await;
    }
    assert!(again < OLD, "{again} retries came before the last first try");
}

/// The clock stands still but for the poller's own pauses.
#[tokio::test(start_paused = true)]
async fn s9_a_queue_that_fails_is_asked_at_intervals_and_not_in_a_loop() {
    let outage = Outage::of(&[]);
    outage.start();
    let aws = AwsConfig::emulator("http://127.0.0.1:9");
    let http_client: SharedHttpClient = outage.around(&aws.http_client);
    let poller = QueuePoller {
        client: local::sdk::sqs(&AwsConfig { http_client, ..aws }),
        url: "http://127.0.0.1:9/queue".to_owned(),
        arn: "arn:aws:sqs:us-east-1:000000000000:queue".to_owned(),
        batch_size: 10,
        partial_failures: true,
        timeout: Duration::from_secs(30),
    };
    let never: QueueFunction = Arc::new(|_| async { Err("there is no message".into()) }.boxed());
    let stop = CancellationToken::new();
    let running = tokio::spawn(poller.run(vec![never], 4, stop.clone()));
    let minute = Duration::from_millis(60 * SECOND_MS.unsigned_abs());
    tokio::time::sleep(minute).await;
    stop.cancel();
    running.await.unwrap();
    // Each look is tried three times by the SDK, with growing waits, and followed by a pause of a second.
    assert!((3..=3 * 60).contains(&outage.refused()), "{} calls in a minute", outage.refused());
}

/// Whether a try that is made by hand while another runs is refused rather than doubled.
#[tokio::test(flavor = "multi_thread")]
async fn d5_what_is_being_sent_just_now_cannot_be_sent_by_hand_too() {
    let url = serving(|mut socket| async move {
        let mut request = vec![0; 64 * 1_024];
        while socket.read(&mut request).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    let world = World::with(still()).await;
    let staff = world.tenant_staff();
    let endpoint = staff.post("/v1/webhooks", &once(&url)).await.json();
    world.order(&staff, &staff).await;
    let sending =
        eventually("the delivery", async || deliveries(&staff, &endpoint).await.into_iter().next()).await;
    let refused =
        staff.post(&format!("/v1/deliveries/{}/retry", id(&sending)), &serde_json::Value::Null).await;
    assert_eq!((refused.status.as_u16(), e2e::code(&refused)), (409, "delivery_in_progress".to_owned()));
    assert!(!refused.header("retry-after").is_empty());
}
