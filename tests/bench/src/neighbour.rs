//! A healthy receiver beside a backlog for one that hangs.

use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use local::receiver::Receiver;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::process::Stack;
use crate::{Result, open, shop, spread};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Messages to the receiver that hangs.
    #[arg(long, default_value_t = 1_000)]
    backlog: usize,
    /// Orders a second for the one that is well.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
}

/// How long the other one hangs before it hangs up.
const HANGS: Duration = Duration::from_secs(25);

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let (mut alone, mut beside, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let (stack, well) = (Stack::start(state.path(), &[]).await?, Receiver::start().await?);
        let staff = stack.staff(state.path())?;
        shop::listen(&staff, &well.url("/"), 1).await?;
        let by_itself =
            spread::percentile_ms(&open::offer(&staff, &well, load.rate, load.seconds).await?, 99);

        // The backlog is for an endpoint of its own tenant's; the orders of it are heard by the healthy one too.
        let pets = shop::stock(&staff, load.backlog).await?;
        shop::listen(&staff, &hanging().await?, 1).await?;
        let heard = well.received().len() + pets.len();
        stream::iter(&pets)
            .map(|pet| shop::order(&staff, pet))
            .buffer_unordered(16)
            .try_collect::<Vec<()>>()
            .await?;
        shop::arrived(&well, heard).await?;
        let with_it = spread::percentile_ms(&open::offer(&staff, &well, load.rate, load.seconds).await?, 99);
        alone.push(by_itself);
        beside.push(with_it);
        ratios.push(with_it / by_itself);
    }
    println!(
        "noisy neighbour, {} messages to a receiver that hangs, {} orders a second, {runs} runs",
        load.backlog, load.rate
    );
    println!("  p99 ms alone        {}", spread::of(alone));
    println!("  p99 ms beside it    {}", spread::of(beside));
    println!("  ratio               {}", spread::of(ratios));
    Ok(())
}

/// A receiver that takes everything and answers nothing.
async fn hanging() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(tokio::time::timeout(HANGS, async move {
                let mut bytes = [0; 4_096];
                while socket.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
            }));
        }
    });
    Ok(url)
}
