//! Closed loop: the next order is placed when one before it is answered.

use std::time::Instant;

use crate::process::{Cpu, Stack, own_ms};
use crate::sink::{Answers, Sink};
use crate::spread::Figures;
use crate::{Result, shop, yardstick};

#[derive(clap::Args)]
pub(crate) struct Load {
    /// Orders.
    #[arg(long, default_value_t = 2_000)]
    events: usize,
    /// Endpoints that each is told to.
    #[arg(long, default_value_t = 1)]
    fan_out: usize,
    /// Orders at the same time.
    #[arg(long, default_value_t = 32)]
    concurrency: usize,
    /// Emulators in a process of their own, functions on a thread of their own: for what each costs, not for speed.
    #[arg(long)]
    apart: bool,
}

/// Svix 1.100, its server alone: CPU ms of a delivery, at fan-out 10 and single (docs/benchmarks.md).
const SVIX_CPU_MS: [f64; 2] = [0.23, 0.59];

pub(crate) async fn run(load: &Load, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        once(load, &mut figures).await?;
    }
    let how = if load.apart { ", emulators apart" } else { "" };
    println!(
        "closed loop, {} orders, fan-out {}, {} at a time{how}, {runs} runs",
        load.events, load.fan_out, load.concurrency
    );
    figures.print();
    if load.apart {
        let svix = if load.fan_out == 1 { SVIX_CPU_MS[1] } else { SVIX_CPU_MS[0] };
        figures.ratio("our functions against Svix's server", FUNCTIONS, svix);
    }
    Ok(())
}

const FUNCTIONS: &str = "CPU ms per delivery, our functions";

#[expect(clippy::cast_precision_loss, reason = "small counts")]
async fn once(load: &Load, figures: &mut Figures) -> Result<()> {
    let state = tempfile::tempdir()?;
    let stack = match load.apart {
        true => Stack::start_apart(state.path(), &[]).await?,
        false => Stack::start(state.path()).await?,
    };
    let (sink, staff) = (Sink::start(Answers::Well).await?, stack.staff()?);
    let pets = shop::stock(&staff, load.events).await?;
    shop::listen(&staff, sink.url(), load.fan_out).await?;
    let (began, cpu, own) = (Instant::now(), stack.cpu()?, own_ms()?);
    shop::order_all(&staff, &pets, load.concurrency).await?;
    let placed = Instant::now();
    let deliveries = load.events * load.fan_out;
    sink.until(deliveries).await?;
    let seconds = began.elapsed().as_secs_f64();
    let rates = [
        ("orders placed and told per second", load.events as f64 / seconds),
        ("deliveries per second", deliveries as f64 / seconds),
    ];
    rates.iter().for_each(|(name, rate)| figures.add(name, *rate));
    figures.add("the last is told after it is placed, s", placed.elapsed().as_secs_f64());
    let own = own_ms()? - own;
    // The last outcomes are still being recorded.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let Cpu { functions, catalogue, platform, emulators } = stack.cpu()? - cpu;
    let each = |ms: f64| ms / deliveries as f64;
    if load.apart {
        figures.add(FUNCTIONS, each(functions));
        figures.add("CPU ms per delivery, the catalogue beside them", each(catalogue));
        figures.add("CPU ms per delivery, gateway and pollers", each(platform));
    } else {
        figures.add("CPU ms per delivery, all but emulators", each(platform));
    }
    figures.add("CPU ms per delivery, emulators", each(emulators));
    figures.add("CPU ms per delivery, clients and receivers", each(own));
    match stack.emulators() {
        Some(emulators) => yardstick::compare(figures, each(functions), &emulators.dynamodb).await?,
        None => yardstick::scale(figures, &rates).await?,
    }
    figures.add("peak memory, MiB", stack.peak_mib()?);
    Ok(())
}
