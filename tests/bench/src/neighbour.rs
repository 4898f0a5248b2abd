//! A healthy receiver beside one that hangs, and beside one whose answers never end.

use crate::open::offer;
use crate::process::Stack;
use crate::sink::{Answers, Sink};
use crate::spread::{Figures, percentile_ms};
use crate::{Result, shop};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Messages to the other receiver.
    #[arg(long, default_value_t = 1_000)]
    backlog: usize,
    /// Orders a second for the one that is well.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Delivery functions with memories of their own.
    #[arg(long, default_value_t = 1)]
    environments: usize,
}

/// Alone, then beside a backlog for `other`; the ratio of the two.
pub(crate) async fn run(load: &Load, other: Answers, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        once(load, other, &mut figures).await?;
    }
    println!(
        "{} orders a second beside {} messages to a receiver that is {other:?}, {} environments, {runs} runs",
        load.rate, load.backlog, load.environments
    );
    figures.print();
    Ok(())
}

async fn once(load: &Load, other: Answers, figures: &mut Figures) -> Result<()> {
    let state = tempfile::tempdir()?;
    let environments = load.environments.to_string();
    let stack = Stack::start_with(state.path(), &["--delivery-environments", &environments]).await?;
    let (well, other) = (Sink::start(Answers::Well).await?, Sink::start(other).await?);
    let staff = stack.staff()?;
    shop::listen(&staff, well.url(), 1).await?;
    let alone = offer(&staff, &well, load.rate, load.seconds).await?;

    // The healthy endpoint hears of the backlog's orders too; they are told before anything is counted.
    let pets = shop::stock(&staff, load.backlog).await?;
    shop::listen(&staff, other.url(), 1).await?;
    let heard = well.count() + pets.len();
    shop::order_all(&staff, &pets, 16).await?;
    well.until(heard).await?;
    let beside = offer(&staff, &well, load.rate, load.seconds).await?;
    let (alone_p99, beside_p99) = (percentile_ms(&alone, 99), percentile_ms(&beside, 99));
    figures.add("p50 alone, ms", percentile_ms(&alone, 50));
    figures.add("p50 beside it, ms", percentile_ms(&beside, 50));
    figures.add("p99 alone, ms", alone_p99);
    figures.add("p99 beside it, ms", beside_p99);
    figures.add("ratio of p99, at most 2", beside_p99 / alone_p99);
    figures.add("told of those beside it", f64::from(u32::try_from(beside.len())?));
    figures.add("tries at the other one so far", f64::from(u32::try_from(other.count())?));
    Ok(())
}
