//! A chain: one process after another on the same state, each dying at its point, then one that lives.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use e2e::{Petstore, Receiver, Tables, World};
use http::StatusCode;
use local::options::Options;

use crate::crash::points::Ready;
use crate::crash::shop::{Shop, What};
use crate::crash::verdict::Hook;
use crate::crash::{ROOM, ready, verdict};

/// What the processes divide their waits by: a sweep a second, without spending everything on sweeping.
pub(crate) const FLAGS: [&str; 3] = ["--no-seed", "--retry-scale", "5"];
/// What the stack that settles everything divides its waits by: the second try comes after two seconds.
const SCALE: f64 = 30.0;
const SIGABRT: i32 = 6;
/// The discard port, where nobody listens.
const BROKEN: &str = "http://127.0.0.1:9/";
/// From one look at everything to the next.
const LOOKS: Duration = Duration::from_millis(300);
/// Longer than it takes to settle on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One endpoint hears of everything; the other refuses every second message once.
const HOOKS: [Hook; 2] = [("/hooks", &["*"]), ("/flaky", &["order.statusChanged", "payment.succeeded"])];

/// Runs one chain and judges what is left of it.
pub(crate) async fn run(points: &[(&str, Ready)]) {
    let _room = ROOM.acquire().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let receiver = receiver().await;
    prepare(folder.path(), &receiver, &HOOKS).await;
    // Connections to it are taken by the kernel, and nobody ever answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = format!("http://{}/", silent.local_addr().unwrap());
    let mut shop = Shop::default();
    for (point, ready) in points {
        println!("{point}");
        lay(folder.path(), *ready, &receiver).await;
        let hanging = match ready {
            Ready::HangingEndpoint => Some(hanging.as_str()),
            Ready::BrokenEndpoint => Some(BROKEN),
            _ => None,
        };
        die_at(point, *ready, folder.path(), &mut shop, &receiver, hanging).await;
    }
    let world = settle(folder.path(), &mut shop, &receiver, &hanging).await;
    hold(world, &shop, &receiver, &HOOKS).await;
}

/// A receiver whose `/flaky` refuses every second message once: often, and never so often in a row that it is left
/// alone, as a receiver is that only fails.
pub(crate) async fn receiver() -> Receiver {
    let receiver = Receiver::start().await.unwrap();
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    receiver.answer(move |request, _| {
        if !request.path.starts_with("/flaky") {
            return StatusCode::OK;
        }
        let mut seen = seen.lock().unwrap();
        let is_new = seen.insert(request.header("webhook-id").to_owned());
        if is_new && seen.len() % 2 == 0 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
    });
    receiver
}

/// The stack in process, on the folder `state`.
pub(crate) async fn world(state: &Path) -> World {
    let state = state.to_owned();
    World::with(Options { state, port: 0, no_seed: true, retry_scale: SCALE, ..Options::default() }).await
}

/// Makes the tables and the endpoints.
pub(crate) async fn prepare(state: &Path, receiver: &Receiver, hooks: &[Hook]) {
    let world = world(state).await;
    for (path, events) in hooks {
        world.hook(&world.tenant_staff(), &receiver.url(path), events).await;
    }
    world.local.shutdown().await;
}

/// Lets a minute pass while nothing runs, and lays ready what the next point needs.
async fn lay(state: &Path, what: Ready, receiver: &Receiver) {
    let tables = Tables::open(state).await;
    tables.let_a_minute_pass().await;
    match what {
        Ready::OverdueOrder => ready::overdue_order(&tables).await,
        Ready::OverdueCallback => ready::overdue_callback(&tables, &receiver.url("/callbacks")).await,
        Ready::LostDelivery => ready::lost_delivery(&tables, &receiver.url("/callbacks")).await,
        Ready::FailedDelivery => ready::failed_delivery(&tables).await,
        Ready::Nothing | Ready::BrokenEndpoint | Ready::SilentProvider | Ready::HangingEndpoint => {}
    }
    tables.close().await;
}

async fn die_at(
    point: &str,
    ready: Ready,
    state: &Path,
    shop: &mut Shop,
    receiver: &Receiver,
    hanging: Option<&str>,
) {
    let ended = match Petstore::start(state, &FLAGS, &[("PETSTORE_FAULT", point)]).await {
        Err(ended) => ended,
        Ok(mut petstore) => {
            let api = petstore.staff(state, "tenant-token");
            let told = async {
                if let Some(url) = hanging {
                    shop.register(&api, url, "*").await?;
                }
                if ready == Ready::SilentProvider {
                    shop.pay_silent(&api).await?;
                }
                shop.sign_up(&api).await?;
                shop.tell(&api, &receiver.url("")).await?;
                if ready == Ready::FailedDelivery { shop.recover(&api).await } else { Some(()) }
            };
            told.await;
            petstore.ended(point).await
        }
    };
    assert_eq!(ended.signal(), Some(SIGABRT), "{point}: {ended}");
}

/// Starts a stack that lives and repeats what was not answered.
pub(crate) async fn settle(state: &Path, shop: &mut Shop, receiver: &Receiver, hanging: &str) -> World {
    lay(state, Ready::Nothing, receiver).await;
    let world = world(state).await;
    let staff = world.tenant_staff();
    for endpoint in staff.get("/v1/webhooks").await.json()["data"].as_array().unwrap() {
        if endpoint["url"] == hanging || endpoint["url"] == BROKEN {
            staff.delete(&format!("/v1/webhooks/{}", e2e::id(endpoint))).await;
        }
    }
    shop.repeat(&staff.0).await;
    let is_left = |url: &serde_json::Value| *url != hanging && *url != BROKEN;
    shop.told.retain(|(ask, _)| ask.what != What::Endpoint || is_left(&ask.body["url"]));
    world
}

/// Waits until everything that must be true is true.
pub(crate) async fn hold(world: World, shop: &Shop, receiver: &Receiver, hooks: &[Hook]) {
    let mut looks = tokio::time::interval(LOOKS);
    let began = looks.tick().await;
    while let Err(wrong) = verdict::judge(&world, shop, receiver, hooks).await {
        assert!(began.elapsed() < PATIENCE, "{wrong}");
        looks.tick().await;
    }
    world.local.shutdown().await;
}
