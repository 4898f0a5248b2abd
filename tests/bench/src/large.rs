//! Answers of a hundred megabytes: what they add to the memory of the stack.

use crate::process::Stack;
use crate::sink::{Answers, Sink};
use crate::spread::Figures;
use crate::{Result, shop};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders, each told to a receiver that is well and to one with large answers.
    #[arg(long, default_value_t = 10)]
    answers: usize,
    /// Megabytes of one.
    #[arg(long, default_value_t = 100)]
    megabytes: usize,
}

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        let without = peak_mib(load, Answers::Well).await?;
        let with = peak_mib(load, Answers::Large(load.megabytes * 1_000_000)).await?;
        figures.add("peak memory without, MiB", without);
        figures.add("peak memory with, MiB", with);
        figures.add("growth, MiB, at most 16", with - without);
    }
    println!("{} answers of {} MB, {runs} runs", load.answers, load.megabytes);
    figures.print();
    Ok(())
}

/// The peak of a run; emulators are apart, so that their memory does not blur it.
async fn peak_mib(load: &Load, answers: Answers) -> Result<f64> {
    let state = tempfile::tempdir()?;
    let stack = Stack::start_apart(state.path(), &[]).await?;
    let (sink, staff) = (Sink::start(answers).await?, stack.staff()?);
    let pets = shop::stock(&staff, load.answers).await?;
    shop::listen(&staff, sink.url(), 1).await?;
    shop::order_all(&staff, &pets, load.answers).await?;
    sink.until(load.answers).await?;
    // An answer's body is read for a second at most.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    stack.peak_mib()
}
