//! Open loop: orders come when they come, however slow the answers are.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use local::client::Client;
use local::receiver::Receiver;
use tokio::task::JoinSet;

use crate::process::Stack;
use crate::{Result, shop, spread};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders a second.
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
}

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let (mut middle, mut most) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let (stack, receiver) = (Stack::start(state.path(), &[]).await?, Receiver::start().await?);
        let staff = stack.staff(state.path())?;
        shop::listen(&staff, &receiver.url("/"), 1).await?;
        let late = offer(&staff, &receiver, load.rate, load.seconds).await?;
        middle.push(spread::percentile_ms(&late, 50));
        most.push(spread::percentile_ms(&late, 99));
    }
    println!("open loop, {} orders a second for {} s, {runs} runs", load.rate, load.seconds);
    println!("  from when it was due to when it is told, p50 ms  {}", spread::of(middle));
    println!("                                           p99 ms  {}", spread::of(most));
    Ok(())
}

/// Places orders at `rate` and answers how late each was told, from the moment at which it was to be placed.
pub(crate) async fn offer(
    staff: &Client,
    receiver: &Receiver,
    rate: u32,
    seconds: u32,
) -> Result<Vec<Duration>> {
    let pets = shop::stock(staff, (rate * seconds) as usize).await?;
    let before = receiver.received().len();
    let began = Instant::now() + Duration::from_millis(100);
    let (mut due, mut placing) = (HashMap::new(), JoinSet::new());
    for (number, pet) in (0_u32..).zip(pets) {
        let at = began + Duration::from_secs(1) * number / rate;
        tokio::time::sleep_until(at.into()).await;
        due.insert(pet.clone(), at);
        let staff = staff.clone();
        placing.spawn(async move { shop::order(&staff, &pet).await });
    }
    while let Some(placed) = placing.join_next().await {
        placed??;
    }
    shop::arrived(receiver, before + due.len()).await?;
    Ok(shop::lateness(receiver, &due))
}
