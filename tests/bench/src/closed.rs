//! Closed loop: the next order is placed when one before it is answered.

use std::time::Instant;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use local::receiver::Receiver;

use crate::process::Stack;
use crate::{Result, shop, spread};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders.
    #[arg(long, default_value_t = 2_000)]
    events: usize,
    /// Endpoints that each is told to.
    #[arg(long, default_value_t = 1)]
    fan_out: usize,
    /// Orders at the same time.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
}

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let (mut rates, mut tails, mut cpus, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let (rate, tail, cpu, peak) = once(load).await?;
        rates.push(rate);
        tails.push(tail);
        cpus.push(cpu);
        peaks.push(peak);
    }
    println!("closed loop, {} orders, fan-out {}, {runs} runs", load.events, load.fan_out);
    println!("  orders placed and told per second  {}", spread::of(rates.clone()));
    println!("  the last is told after it is placed, s {}", spread::of(tails));
    println!("  deliveries per second              {}", spread::of(scaled(&rates, load.fan_out)));
    println!("  CPU ms per delivery, whole stack   {}", spread::of(cpus));
    println!("  peak memory of the stack, MiB      {}", spread::of(peaks));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
fn scaled(rates: &[f64], by: usize) -> Vec<f64> {
    rates.iter().map(|rate| rate * by as f64).collect()
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
async fn once(load: &Load) -> Result<(f64, f64, f64, f64)> {
    let state = tempfile::tempdir()?;
    let (stack, receiver) = (Stack::start(state.path(), &[]).await?, Receiver::start().await?);
    let staff = stack.staff(state.path())?;
    let pets = shop::stock(&staff, load.events).await?;
    shop::listen(&staff, &receiver.url("/"), load.fan_out).await?;
    let (began, cpu) = (Instant::now(), stack.cpu_ms()?);
    let orders = stream::iter(&pets).map(|pet| shop::order(&staff, pet)).buffer_unordered(load.concurrency);
    orders.try_collect::<Vec<()>>().await?;
    let placed = Instant::now();
    let deliveries = load.events * load.fan_out;
    shop::arrived(&receiver, deliveries).await?;
    let rate = load.events as f64 / began.elapsed().as_secs_f64();
    Ok((rate, placed.elapsed().as_secs_f64(), (stack.cpu_ms()? - cpu) / deliveries as f64, stack.peak_mib()?))
}
