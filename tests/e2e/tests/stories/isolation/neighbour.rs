//! Receivers that hang, drip or pour, beside one that is well.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::{Receiver, World, eventually, id};
use http::StatusCode;
use local::options::Options;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use crate::isolation::place;

const ORDERS: usize = 60;
/// Sends that an environment has under way to one lane.
const LANE_MAX: usize = 4;
/// Whoever takes a place may come before the one that left it was seen to leave: what counts as a crowd stays for a
/// moment.
const MOMENT: Duration = Duration::from_millis(100);

/// A receiver with manners of its own, which counts who is with it.
struct Rude {
    url: String,
    crowd: Arc<Mutex<Crowd>>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

/// How many are with a receiver.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    now: usize,
    /// The fewest in this moment.
    least: usize,
    /// The most that were there for all of a moment.
    most: usize,
}

impl Crowd {
    fn come(&mut self) {
        self.now += 1;
    }

    fn go(&mut self) {
        self.now -= 1;
        self.least = self.least.min(self.now);
    }

    fn moment_is_over(&mut self) {
        (self.most, self.least) = (self.most.max(self.least), self.now);
    }
}

impl Rude {
    async fn start<F>(manners: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let crowd = Arc::new(Mutex::new(Crowd::default()));
        let (door, watch) = (crowd.clone(), crowd.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                door.lock().unwrap().come();
                let (door, answer) = (door.clone(), manners(socket));
                tokio::spawn(async move {
                    answer.await;
                    door.lock().unwrap().go();
                });
            }
        });
        let watching = tokio::spawn(async move {
            loop {
                tokio::time::sleep(MOMENT).await;
                watch.lock().unwrap().moment_is_over();
            }
        });
        Self { url, crowd, _tasks: [accepting, watching].map(AbortOnDropHandle::new) }
    }

    fn crowd(&self) -> Crowd {
        *self.crowd.lock().unwrap()
    }
}

/// Reads until the other end hangs up. Whoever only writes learns of that late, and would count as there meanwhile.
async fn hung_up(mut from: OwnedReadHalf) {
    let mut bytes = vec![0; 4_096];
    while from.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

/// Reads and never answers.
async fn hang(socket: TcpStream) {
    let (from, _to) = socket.into_split();
    hung_up(from).await;
}

/// Begins with `head`, and goes on with `part` again and again, with a `pause` after each.
async fn go_on(mut to: OwnedWriteHalf, head: &str, part: &[u8], pause: Duration) {
    let mut is_open = to.write_all(head.as_bytes()).await.is_ok();
    while is_open {
        is_open = to.write_all(part).await.is_ok();
        tokio::time::sleep(pause).await;
    }
}

/// Goes on until the other end hangs up.
async fn drip(socket: TcpStream, head: &str, part: &[u8], pause: Duration) {
    let (from, to) = socket.into_split();
    tokio::select! {
        () = hung_up(from) => {}
        () = go_on(to, head, part, pause) => {}
    }
}

/// A head that never ends.
async fn drip_head(socket: TcpStream) {
    drip(socket, "HTTP/1.1 200 OK\r\nx-long: ", b"a", Duration::from_millis(50)).await;
}

/// A body that never ends.
async fn drip_body(socket: TcpStream) {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    drip(socket, head, b"1\r\n.\r\n", Duration::from_millis(50)).await;
}

/// A body of 100 MB, as fast as it is taken, once it begins.
async fn pour(socket: TcpStream) {
    tokio::time::sleep(3 * MOMENT).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n";
    drip(socket, head, &[b'.'; 64 * 1_024], Duration::ZERO).await;
}

/// Everything for the one that is well arrives while the other misbehaves, which no more than a lane is held up by.
/// Answers how many deliveries the other was not even offered by then.
async fn hold(rude: &Rude, environments: usize) -> usize {
    let options = Options { delivery_environments: environments, no_seed: true, ..Options::ephemeral() };
    let (world, well) = (World::with(options).await, Receiver::start().await.unwrap());
    let (beside, crowd) = (Arc::new(Mutex::new(0)), rude.crowd.clone());
    let counted = beside.clone();
    well.answer(move |_, _| {
        *counted.lock().unwrap() += usize::from(crowd.lock().unwrap().now > 0);
        StatusCode::OK
    });
    let staff = world.tenant_staff();
    let endpoint = world.hook(&staff, &rude.url, &["order.created"]).await;
    world.hook(&staff, &well.url("/"), &["order.created"]).await;
    place(&world, &staff, ORDERS).await;
    assert_eq!(e2e::arrivals(&well, ORDERS).await.len(), ORDERS);
    let path = format!("/v1/webhooks/{}/deliveries?limit=100", id(&endpoint));
    let page = staff.get(&path).await.json();
    let never_tried =
        |one: &&Value| one["status"] == "PENDING" && one["attempts"] == Value::Array(Vec::new());
    let waiting = page["data"].as_array().unwrap().iter().filter(never_tried).count();
    assert!(*beside.lock().unwrap() > 0, "nothing arrived while the other misbehaved");
    world.local.shutdown().await;
    eventually("everybody to hang up", async || (rude.crowd().now == 0).then_some(())).await;
    let most = rude.crowd().most;
    assert!((1..=environments * LANE_MAX).contains(&most), "{most} were with it at once");
    waiting
}

/// Each of these holds a lane for the five seconds of a try, and its breaker soon after: in the time that a test waits
/// it cannot even be offered everything.
async fn hold_for_long(rude: Rude, environments: usize) {
    let waiting = hold(&rude, environments).await;
    assert!(waiting > 0, "everything was tried: the other stopped misbehaving first");
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_beside_one_that_hangs_everything_arrives() {
    hold_for_long(Rude::start(hang).await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_beside_one_that_hangs_everything_arrives_in_several_environments() {
    hold_for_long(Rude::start(hang).await, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_beside_a_head_that_never_ends_everything_arrives() {
    hold_for_long(Rude::start(drip_head).await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_beside_a_body_that_never_ends_everything_arrives() {
    hold(&Rude::start(drip_body).await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_beside_a_flood_everything_arrives() {
    hold(&Rude::start(pour).await, 1).await;
}
