//! Open loop: orders come when they come, however slow the answers are. Lateness counts from the moment at which an
//! order was to be placed, so that a stall shows in all that had to wait for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use local::client::Client;
use tokio::task::JoinSet;

use crate::process::Stack;
use crate::sink::{Answers, Sink};
use crate::spread::{Figures, percentile_ms};
use crate::{Result, shop};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
}

/// Orders that open the connections, before any is counted.
const WARM_UP: usize = 64;

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let (stack, sink) = (Stack::start(state.path()).await?, Sink::start(Answers::Well).await?);
        let staff = stack.staff()?;
        shop::listen(&staff, sink.url(), 1).await?;
        let late = offer(&staff, &sink, load.rate, load.seconds).await?;
        figures.add("p50, ms", percentile_ms(&late, 50));
        figures.add("p90, ms", percentile_ms(&late, 90));
        figures.add("p99, ms", percentile_ms(&late, 99));
        figures.add("the latest, ms", percentile_ms(&late, 100));
    }
    println!("open loop, {} orders a second for {} s, due to told, {runs} runs", load.rate, load.seconds);
    figures.print();
    Ok(())
}

/// Places orders at `rate` and answers how late each was told.
pub(crate) async fn offer(staff: &Client, sink: &Sink, rate: u32, seconds: u32) -> Result<Vec<Duration>> {
    let pets = shop::stock(staff, WARM_UP + (rate * seconds) as usize).await?;
    let (warm_up, pets) = pets.split_at(WARM_UP);
    let before = sink.count();
    shop::order_all(staff, warm_up, WARM_UP / 2).await?;
    sink.until(before + WARM_UP).await?;
    let began = Instant::now() + Duration::from_millis(100);
    let (mut due, mut placing) = (HashMap::new(), JoinSet::new());
    for (number, pet) in (0_u32..).zip(pets) {
        let at = began + Duration::from_secs(1) * number / rate;
        tokio::time::sleep_until(at.into()).await;
        due.insert(pet.clone(), at);
        let (staff, pet) = (staff.clone(), pet.clone());
        placing.spawn(async move { shop::order(&staff, &pet).await });
    }
    while let Some(placed) = placing.join_next().await {
        placed??;
    }
    sink.until(before + WARM_UP + due.len()).await?;
    Ok(sink.lateness(&due))
}
