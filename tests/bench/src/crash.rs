//! `kill -9` in the middle of everything, and queues that are emptied under load.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use local::client::Client;
use local::sdk;
use platform::aws::AwsConfig;

use crate::process::Stack;
use crate::sink::{Answers, Sink};
use crate::spread::Figures;
use crate::{PATIENCE, Result, shop};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders that are tried.
    #[arg(long, default_value_t = 2_000)]
    events: usize,
}

/// Orders at a time.
const CONCURRENCY: usize = 16;
/// Between two looks at what has arrived.
const LOOK: Duration = Duration::from_millis(100);
/// Between two purges.
const PURGE: Duration = Duration::from_millis(50);

pub(crate) async fn kill(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let (stack, sink) = (Stack::start(state.path()).await?, Sink::start(Answers::Well).await?);
        let staff = stack.staff()?;
        let pets = shop::stock(&staff, load.events).await?;
        shop::listen(&staff, sink.url(), 1).await?;
        let killing = async {
            sink.until(load.events / 2).await?;
            stack.kill().await
        };
        let (accepted, killed) = tokio::join!(place(&staff, &pets), killing);
        killed?;
        let in_flight = accepted.len().saturating_sub(sink.count());
        let restarted = Instant::now();
        let _stack = Stack::start(state.path()).await?;
        let delay = settle(&sink, &accepted).await;
        figures.add("accepted", count(accepted.len()));
        figures.add("accepted and not told when it was killed", count(in_flight));
        report(&mut figures, &sink, &accepted);
        figures.add("from the restart to the last, s, at most 30", (delay - restarted).as_secs_f64());
    }
    println!("kill -9 under load, {} orders, {runs} runs", load.events);
    figures.print();
    Ok(())
}

pub(crate) async fn empty(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let (stack, sink) = (Stack::start_apart(state.path(), &[]).await?, Sink::start(Answers::Well).await?);
        let staff = stack.staff()?;
        let pets = shop::stock(&staff, load.events).await?;
        shop::listen(&staff, sink.url(), 1).await?;
        let sqs = stack.emulators().ok_or("no emulators")?.sqs.clone();
        let purging = tokio::spawn(purge_again_and_again(sqs));
        let accepted = place(&staff, &pets).await;
        purging.abort();
        let (told, purged) = (sink.count(), Instant::now());
        let last = settle(&sink, &accepted).await;
        figures.add("accepted", count(accepted.len()));
        figures.add("told while the queues were emptied", count(told));
        report(&mut figures, &sink, &accepted);
        figures.add("from the last purge to the last told, s, at most 30", (last - purged).as_secs_f64());
    }
    println!("queues emptied every {} ms, {} orders, {runs} runs", PURGE.as_millis(), load.events);
    figures.print();
    Ok(())
}

/// Orders every pet; answers those whose order was accepted.
async fn place(staff: &Client, pets: &[String]) -> HashSet<String> {
    let placed = stream::iter(pets).map(async |pet| shop::order(staff, pet).await.ok().map(|()| pet.clone()));
    placed.buffer_unordered(CONCURRENCY).filter_map(std::future::ready).collect().await
}

/// Waits until all of `accepted` are told, or patience ends; answers when the last of them was.
async fn settle(sink: &Sink, accepted: &HashSet<String>) -> Instant {
    let began = Instant::now();
    loop {
        let mut first: HashMap<String, Instant> = HashMap::new();
        for taken in sink.taken() {
            first.entry(taken.pet).or_insert(taken.at);
        }
        let told: Vec<_> = accepted.iter().filter_map(|pet| first.get(pet)).collect();
        if told.len() == accepted.len() || began.elapsed() > PATIENCE {
            return told.into_iter().max().copied().unwrap_or(began);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn report(figures: &mut Figures, sink: &Sink, accepted: &HashSet<String>) {
    let mut told: HashMap<String, Vec<String>> = HashMap::new();
    for taken in sink.taken() {
        told.entry(taken.pet).or_default().push(taken.id);
    }
    let lost = accepted.iter().filter(|pet| !told.contains_key(*pet)).count();
    let repeats: usize = told.values().map(|ids| ids.len() - 1).sum();
    let others: usize = told.values().map(|ids| ids.iter().collect::<HashSet<_>>().len() - 1).sum();
    figures.add("accepted and never told, 0", count(lost));
    figures.add("told again", count(repeats));
    figures.add("told again under another id, 0", count(others));
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
const fn count(count: usize) -> f64 {
    count as f64
}

async fn purge_again_and_again(sqs: String) {
    let client = sdk::sqs(&AwsConfig::emulator(sqs));
    loop {
        let queues = client.list_queues().send().await.ok().and_then(|queues| queues.queue_urls);
        for url in queues.unwrap_or_default() {
            // SQS purges a queue once a minute; where the emulator does so too, receiving empties it as well.
            drop(client.purge_queue().queue_url(url).send().await);
        }
        tokio::time::sleep(PURGE).await;
    }
}
