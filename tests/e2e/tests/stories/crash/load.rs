//! `kill -9` at random moments while eight clients order, ask and pay as fast as they can.

use std::path::Path;
use std::sync::Arc;

use e2e::{Card, Petstore};
use futures_util::future::join_all;
use local::client::Client;
use platform::clock;
use tokio::sync::watch;

use crate::crash::ROOM;
use crate::crash::chain::{FLAGS, hold, prepare, receiver, settle};
use crate::crash::shop::Shop;
use crate::crash::verdict::Hook;

const CLIENTS: usize = 8;
const KILLS: usize = 5;
/// Orders of one life: at least so many, and up to as many more.
const ORDERS: usize = 25;
/// Deliveries that can be under way when a process dies: what its environment works on at once for one owner.
const IN_FLIGHT: usize = 32;

const HOOKS: [Hook; 1] = [("/hooks", &["order.created", "payment.succeeded"])];

#[tokio::test(flavor = "multi_thread")]
async fn d11_killed_under_load_it_loses_nothing_and_copies_are_few_and_of_one_id() {
    let _room = ROOM.acquire().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let receiver = receiver().await;
    prepare(folder.path(), &receiver, &HOOKS).await;
    let mut all = Shop::default();
    for _ in 0..KILLS {
        for shop in live_and_die(folder.path(), &receiver.url("")).await {
            all.told.extend(shop.told);
            all.unanswered.extend(shop.unanswered);
        }
    }
    println!("{} answered, {} not", all.told.len(), all.unanswered.len());
    let world = settle(folder.path(), &mut all, &receiver, "").await;
    hold(world, &all, &receiver, &HOOKS).await;
    let received = receiver.received();
    let told = |copy: &e2e::Received| (copy.path.clone(), copy.header("webhook-id").to_owned());
    let messages: std::collections::BTreeSet<_> = received.iter().map(told).collect();
    let copies = received.len() - messages.len();
    println!("{copies} copies of {} messages", messages.len());
    assert!(copies <= (KILLS + 1) * IN_FLIGHT, "{copies} copies");
}

/// One process: killed once it has answered a random number of orders.
async fn live_and_die(state: &Path, to: &str) -> Vec<Shop> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small"
    )]
    let orders = ORDERS + (ORDERS as f64 * clock::fraction()) as usize;
    println!("killed after {orders} orders");
    let petstore = Petstore::start(state, &FLAGS, &[]).await.unwrap();
    let api = petstore.staff(state, "tenant-token");
    let (made, mut count) = watch::channel(0);
    let made = Arc::new(made);
    let clients =
        (0..CLIENTS).map(|_| tokio::spawn(shop_until_death(api.clone(), to.to_owned(), made.clone())));
    let clients: Vec<_> = clients.collect();
    e2e::soon("enough orders", count.wait_for(|made| *made >= orders)).await.unwrap();
    petstore.kill().await;
    join_all(clients).await.into_iter().map(Result::unwrap).collect()
}

async fn shop_until_death(api: Client, to: String, made: Arc<watch::Sender<usize>>) -> Shop {
    let mut shop = Shop::default();
    while order_and_pay(&mut shop, &api, &to).await.is_some() {
        made.send_modify(|made| *made += 1);
    }
    shop
}

async fn order_and_pay(shop: &mut Shop, api: &Client, to: &str) -> Option<()> {
    let order = shop.order(api).await?;
    shop.ask_callback(api, &order, to).await?;
    shop.pay(api, &order, Card::GOOD).await
}
