//! A thousand endpoints; a thousand sends to one host.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::process::{Cpu, Stack};
use crate::sink::{Answers, Sink};
use crate::spread::Figures;
use crate::{Result, shop};

#[derive(clap::Args)]
pub(crate) struct Endpoints {
    /// Tenants, with fifty endpoints each, the most that one may have.
    #[arg(long, default_value_t = 20)]
    tenants: usize,
    /// Orders in each of them.
    #[arg(long, default_value_t = 4)]
    orders: usize,
}

const ENDPOINTS_PER_TENANT: usize = 50;

#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub(crate) async fn endpoints(load: &Endpoints, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let stack = Stack::start_apart(state.path(), &["--tenants", &load.tenants.to_string()]).await?;
        let (sink, tenants) = (Sink::start(Answers::Well).await?, stack.tenants()?);
        let mut orders = Vec::new();
        for staff in &tenants {
            shop::listen(staff, sink.url(), ENDPOINTS_PER_TENANT).await?;
            let pets = shop::stock(staff, load.orders).await?;
            orders.extend(pets.into_iter().map(|pet| (staff, pet)));
        }
        let (began, cpu) = (Instant::now(), stack.cpu()?);
        let placed = stream::iter(&orders).map(|(staff, pet)| shop::order(staff, pet)).buffer_unordered(32);
        placed.try_collect::<Vec<()>>().await?;
        let deliveries = orders.len() * ENDPOINTS_PER_TENANT;
        sink.until(deliveries).await?;
        let seconds = began.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let Cpu { functions, emulators, .. } = stack.cpu()? - cpu;
        figures.add("deliveries per second", deliveries as f64 / seconds);
        figures.add("CPU ms per delivery, our functions", functions / deliveries as f64);
        figures.add("CPU ms per delivery, emulators", emulators / deliveries as f64);
        figures.add("peak memory, MiB", stack.peak_mib()?);
    }
    println!(
        "{} endpoints in {} tenants, {} orders in each, {runs} runs",
        load.tenants * ENDPOINTS_PER_TENANT,
        load.tenants,
        load.orders
    );
    figures.print();
    Ok(())
}

#[derive(clap::Args)]
pub(crate) struct Handshakes {
    /// Sends.
    #[arg(long, default_value_t = 1_000)]
    sends: usize,
    /// Endpoints that they are spread over, all of one host.
    #[arg(long, default_value_t = 10)]
    endpoints: usize,
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub(crate) async fn handshakes(load: &Handshakes, runs: usize) -> Result<()> {
    let mut figures = Figures::default();
    for _ in 0..runs {
        let state = tempfile::tempdir()?;
        let (stack, sink) = (Stack::start(state.path()).await?, Sink::start(Answers::Working).await?);
        let staff = stack.staff()?;
        let pets = shop::stock(&staff, load.sends / load.endpoints).await?;
        shop::listen(&staff, sink.url(), load.endpoints).await?;
        shop::order_all(&staff, &pets, 32).await?;
        sink.until(pets.len() * load.endpoints).await?;
        let (connections, most) = sink.connections();
        figures.add("handshakes", connections as f64);
        figures.add("requests under way at once, at most", most as f64);
    }
    println!("{} sends to {} endpoints of one host, {runs} runs", load.sends, load.endpoints);
    figures.print();
    Ok(())
}
