//! `kill -9` in the middle of everything.

use std::collections::HashMap;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use local::receiver::Receiver;

use crate::process::Stack;
use crate::{Result, shop, spread};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders that are tried.
    #[arg(long, default_value_t = 1_000)]
    events: usize,
}

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let (mut lost, mut twice, mut healed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let outcome = once(load).await?;
        lost.push(outcome.lost);
        twice.push(outcome.twice);
        healed.push(outcome.healed_s);
    }
    println!("kill -9 under load, {} orders, {runs} runs", load.events);
    println!("  accepted and never told                 {}", spread::of(lost));
    println!("  told twice                              {}", spread::of(twice));
    println!("  seconds from the restart to the last    {}", spread::of(healed));
    Ok(())
}

struct Outcome {
    lost: f64,
    twice: f64,
    healed_s: f64,
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
async fn once(load: &Load) -> Result<Outcome> {
    let state = tempfile::tempdir()?;
    let (stack, receiver) = (Stack::start(state.path(), &[]).await?, Receiver::start().await?);
    let staff = stack.staff(state.path())?;
    let pets = shop::stock(&staff, load.events).await?;
    shop::listen(&staff, &receiver.url("/"), 1).await?;
    let orders = async {
        let placed = stream::iter(&pets).map(async |pet| (pet, shop::order(&staff, pet).await.is_ok()));
        placed
            .buffer_unordered(16)
            .filter(|(_, ok)| std::future::ready(*ok))
            .map(|(pet, _)| pet.clone())
            .collect::<Vec<_>>()
            .await
    };
    let killing = async {
        shop::arrived(&receiver, load.events / 2).await?;
        stack.kill().await
    };
    let (accepted, killed) = tokio::join!(orders, killing);
    killed?;
    let began = Instant::now();
    let _stack = Stack::start(state.path(), &[]).await?;
    let is_told = |all: &[local::receiver::Received]| {
        let told = count(all);
        accepted.iter().all(|pet| told.contains_key(pet))
    };
    let _told = tokio::time::timeout(shop::PATIENCE, receiver.until(is_told)).await;
    let told = count(&receiver.received());
    Ok(Outcome {
        lost: accepted.iter().filter(|pet| !told.contains_key(*pet)).count() as f64,
        twice: told.values().filter(|times| **times > 1).count() as f64,
        healed_s: began.elapsed().as_secs_f64(),
    })
}

fn count(all: &[local::receiver::Received]) -> HashMap<String, usize> {
    let mut told = HashMap::new();
    for received in all {
        let pet = received.json()["data"]["order"]["petId"].as_str().unwrap_or_default().to_owned();
        *told.entry(pet).or_insert(0) += 1;
    }
    told
}
