//! `kill -9` in the middle of everything, and queues that are emptied under load.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use local::client::Client;
use local::sdk;
use platform::aws::AwsConfig;
use tokio::task::JoinSet;

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
/// What SQS gives away at once at most.
const HANDFUL: i32 = 10;

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
        let thief = Thief::start(&sqs).await?;
        let accepted = place(&staff, &pets).await;
        let (told, stolen) = (sink.count(), thief.stop());
        let stopped = Instant::now();
        let last = settle(&sink, &accepted).await;
        figures.add("accepted", count(accepted.len()));
        figures.add("messages stolen", count(stolen));
        figures.add("told while the queues were emptied", count(told));
        report(&mut figures, &sink, &accepted);
        figures.add("from the last theft to the last told, s, at most 30", (last - stopped).as_secs_f64());
    }
    println!("a thief at every queue, {} orders, {runs} runs", load.events);
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

/// Takes messages out of every queue as fast as it can, beside the system's own pollers. (SQS and its emulator heed a
/// purge once a minute, which empties little.)
struct Thief {
    stolen: Arc<AtomicUsize>,
    _hands: JoinSet<()>,
}

impl Thief {
    async fn start(sqs: &str) -> Result<Self> {
        let client = sdk::sqs(&AwsConfig::emulator(sqs));
        let queues = client.list_queues().send().await?.queue_urls.unwrap_or_default();
        let (stolen, mut hands) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
        for url in queues {
            hands.spawn(steal_from(client.clone(), url, stolen.clone()));
        }
        Ok(Self { stolen, _hands: hands })
    }

    /// Lets go, and answers how many messages are gone.
    fn stop(self) -> usize {
        self.stolen.load(Ordering::Relaxed)
    }
}

async fn steal_from(client: aws_sdk_sqs::Client, url: String, stolen: Arc<AtomicUsize>) {
    loop {
        let taking = client.receive_message().queue_url(&url).max_number_of_messages(HANDFUL);
        let taken = taking.wait_time_seconds(1).send().await.ok().and_then(|taken| taken.messages);
        for handle in taken.unwrap_or_default().into_iter().filter_map(|message| message.receipt_handle) {
            let deleting = client.delete_message().queue_url(&url).receipt_handle(handle);
            if deleting.send().await.is_ok() {
                stolen.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
