//! Several processes that share nothing but the tables.

use domain::Scope;
use futures_util::FutureExt;
use lambda_http::Body;
use local::Local;
use local::functions;
use local::gateway::HttpFunctions;
use local::options::Options;
use local::seed;
use store::meter::Meter;

/// A minute's requests to the catalogue.
const LIMIT: u32 = 100;
const PROCESSES: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn processes_count_together_and_seldom_write() {
    let meter = Meter::default();
    let counting = meter.clone();
    let options = Options { rate_limit: Some(LIMIT), no_seed: true, ..Options::ephemeral() };
    let wire = move |mut wiring: local::stack::Wiring| {
        wiring.meter = Some(counting);
        functions::wire(wiring).boxed()
    };
    let local = Local::start_with(options, wire).await.unwrap();
    let token = local.token(Scope::Shared, seed::staff_of(Scope::Shared)).unwrap();
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        processes.push(functions::wire(local.wiring().clone()).await.unwrap().http);
    }
    drop(meter.take());
    let (mut admitted, mut resets) = (0_u32, Vec::new());
    for turn in 0..300 {
        let (status, reset) = ask(&processes[turn % PROCESSES], &token).await;
        admitted += u32::from(status == 200);
        resets.push(reset);
    }
    resets.dedup();
    let windows = u32::try_from(resets.len()).unwrap();
    let writes = meter.take().iter().filter(|cost| cost.about == "count").count();
    // When the minute turns meanwhile, another hundred may pass.
    assert!((LIMIT - LIMIT / 10..=windows * (LIMIT + LIMIT / 10)).contains(&admitted), "{admitted} admitted");
    assert!(writes * 10 <= admitted as usize, "{writes} writes for {admitted}");
}

async fn ask(process: &HttpFunctions, token: &str) -> (u16, String) {
    let request = http::Request::get("/v1/pets").header("authorization", format!("Bearer {token}"));
    let reply = process["pets"](request.body(Body::Empty).unwrap()).await;
    let reset = reply.headers()["ratelimit-reset"].to_str().unwrap();
    (reply.status().as_u16(), reset.to_owned())
}
