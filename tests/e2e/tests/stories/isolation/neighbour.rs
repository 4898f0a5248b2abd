//! Receivers that hang, drip or pour, beside one that is well.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use e2e::{Receiver, World, eventually};
use local::options::Options;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use crate::isolation::place;

const ORDERS: usize = 60;
/// Sends that an environment has under way to one lane.
const LANE_MAX: usize = 4;

/// A receiver with manners of its own, which counts who is with it.
struct Rude {
    url: String,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    _task: AbortOnDropHandle<()>,
}

impl Rude {
    async fn start<F>(manners: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counting, peak) = (now.clone(), most.clone());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                peak.fetch_max(counting.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let (counting, answer) = (counting.clone(), manners(socket));
                tokio::spawn(async move {
                    answer.await;
                    counting.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, now, most, _task: AbortOnDropHandle::new(task) }
    }
}

/// Reads and never answers, until the other end hangs up.
async fn hang(mut socket: TcpStream) {
    let mut bytes = vec![0; 4_096];
    while socket.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

/// A head that never ends.
async fn drip_head(mut socket: TcpStream) {
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    if socket.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await.is_err() {
        return;
    }
    while socket.write_all(b"a").await.is_ok() {
        pause.tick().await;
    }
}

/// A body that never ends.
async fn drip_body(mut socket: TcpStream) {
    let mut pause = tokio::time::interval(Duration::from_millis(50));
    if socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.is_err() {
        return;
    }
    while socket.write_all(b"1\r\n.\r\n").await.is_ok() {
        pause.tick().await;
    }
}

/// A body of 100 MB, as fast as it is taken.
async fn pour(mut socket: TcpStream) {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n";
    let part = vec![b'.'; 64 * 1_024];
    let mut is_open = socket.write_all(head).await.is_ok();
    while is_open {
        is_open = socket.write_all(&part).await.is_ok();
    }
}

/// Everything for the one that is well arrives while the other still misbehaves.
async fn hold(rude: &Rude, environments: usize) {
    let options = Options { delivery_environments: environments, no_seed: true, ..Options::ephemeral() };
    let (world, well) = (World::with(options).await, Receiver::start().await.unwrap());
    let staff = world.tenant_staff();
    world.hook(&staff, &rude.url, &["order.created"]).await;
    world.hook(&staff, &well.url("/"), &["order.created"]).await;
    place(&world, &staff, ORDERS).await;
    e2e::arrivals(&well, ORDERS).await;
    assert_eq!(well.received().len(), ORDERS);
    world.local.shutdown().await;
    eventually("everybody to hang up", async || (rude.now.load(Ordering::SeqCst) == 0).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_beside_one_that_hangs_everything_arrives() {
    let rude = Rude::start(hang).await;
    hold(&rude, 1).await;
    assert!((1..=LANE_MAX).contains(&rude.most.load(Ordering::SeqCst)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_beside_one_that_hangs_everything_arrives_in_several_environments() {
    let rude = Rude::start(hang).await;
    hold(&rude, 3).await;
    assert!((1..=3 * LANE_MAX).contains(&rude.most.load(Ordering::SeqCst)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_beside_a_head_that_never_ends_everything_arrives() {
    hold(&Rude::start(drip_head).await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_beside_a_body_that_never_ends_everything_arrives() {
    hold(&Rude::start(drip_body).await, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_beside_a_flood_everything_arrives() {
    hold(&Rude::start(pour).await, 1).await;
}
