//! `cargo run -p bench --release -- <benchmark>`: what the stack does under load, in figures. docs/benchmarks.md has
//! those of one run and says how to read them.
//!
//! The stack runs in a process of its own; where the question is what our code costs, its emulators run in another one
//! and its functions on one thread. Clients and receivers are this process. CPU time and peak memory are the kernel's
//! figures. Every benchmark runs several times.
#![expect(clippy::print_stdout, reason = "its figures are its point")]

mod catalogue;
mod closed;
mod crash;
mod function;
mod inside;
mod large;
mod many;
mod neighbour;
mod open;
mod peak;
mod process;
mod read;
mod roles;
mod shop;
mod sink;
mod spread;
mod yardstick;

use std::time::Duration;

use clap::{Parser, Subcommand};
use sink::Answers;
use tokio::runtime::Runtime;

/// Errors end a benchmark: nothing depends on which.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The longest wait for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

#[derive(Parser)]
#[command(about = "Benchmarks of the local stack and of its functions")]
struct Arguments {
    /// How often to run.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(subcommand)]
    benchmark: Benchmark,
}

/// The set of docs/benchmarks.md, in its order: about a quarter of an hour.
const SET: &[&str] = &[
    "closed",
    "closed --fan-out 10 --events 1000",
    "closed --apart",
    "closed --apart --fan-out 10 --events 1000",
    "function",
    "function --batch 1",
    "yardstick",
    "read",
    "open --rate 100",
    "open --rate 400",
    "open --rate 800",
    "neighbour",
    "endless",
    "large",
    "kill",
    "emptied",
    "endpoints",
    "handshakes",
    "peak",
];

#[derive(Subcommand)]
enum Benchmark {
    /// Everything below, as docs/benchmarks.md has it.
    All,
    /// As many orders as go through, each told to `fan_out` endpoints.
    Closed(closed::Load),
    /// Orders at a fixed rate; how late each is told, counted from when it was to be placed.
    Open(open::Load),
    /// A receiver that is well, alone and beside a thousand messages to one that hangs.
    Neighbour(neighbour::Load),
    /// A receiver that is well, alone and beside answers that never end.
    Endless(neighbour::Load),
    /// Ten answers of 100 MB: what they add to the memory.
    Large(large::Load),
    /// `kill -9` under load: what is lost, what comes twice, how late the last comes.
    Kill(crash::Load),
    /// Queues emptied under load: the same.
    Emptied(crash::Load),
    /// A thousand endpoints.
    Endpoints(many::Endpoints),
    /// A thousand sends to one host: connections that they take.
    Handshakes(many::Handshakes),
    /// A thousand failures of one second: how they are spread when they come again.
    Peak,
    /// The delivery function alone, on batches of a real queue.
    Function(function::Load),
    /// A write by the bare SDK and by the functions' client.
    Yardstick,
    /// `GET /v1/orders/{id}` beside the bare SDK's `GetItem`.
    Read(read::Load),
    /// What lists, searches and counts read, for shops of different sizes; once.
    Catalogue(catalogue::Load),
    #[command(hide = true)]
    Stack(roles::Stack),
    #[command(hide = true)]
    Emulators(roles::Apart),
}

fn main() -> Result<()> {
    let Arguments { runs, benchmark } = Arguments::parse();
    match benchmark {
        Benchmark::Stack(stack) => local::runtime::build()?.block_on(roles::stack(stack)),
        other => Runtime::new()?.block_on(measure(other, runs)),
    }
}

async fn measure(benchmark: Benchmark, runs: usize) -> Result<()> {
    match benchmark {
        Benchmark::Emulators(apart) => roles::emulators(&apart).await,
        Benchmark::All => all(runs).await,
        one => {
            println!("{}", process::machine()?);
            run(one, runs).await
        }
    }
}

async fn all(runs: usize) -> Result<()> {
    println!("{}", process::machine()?);
    for one in SET {
        println!("\n$ bench {one}");
        let words = std::iter::once("bench").chain(one.split(' '));
        // One that fails says so; the others have their turn.
        if let Err(error) = run(Arguments::try_parse_from(words)?.benchmark, runs).await {
            println!("  failed: {error}");
        }
    }
    Ok(())
}

async fn run(benchmark: Benchmark, runs: usize) -> Result<()> {
    match benchmark {
        Benchmark::Closed(load) => closed::run(&load, runs).await,
        Benchmark::Open(load) => open::run(&load, runs).await,
        Benchmark::Neighbour(load) => neighbour::run(&load, Answers::Hanging, runs).await,
        Benchmark::Endless(load) => neighbour::run(&load, Answers::Dripping, runs).await,
        Benchmark::Large(load) => large::run(&load, runs).await,
        Benchmark::Kill(load) => crash::kill(&load, runs).await,
        Benchmark::Emptied(load) => crash::empty(&load, runs).await,
        Benchmark::Endpoints(load) => many::endpoints(&load, runs).await,
        Benchmark::Handshakes(load) => many::handshakes(&load, runs).await,
        Benchmark::Peak => peak::run(runs),
        Benchmark::Function(load) => function::run(&load, runs).await,
        Benchmark::Yardstick => yardstick::run(runs).await,
        Benchmark::Read(load) => read::run(&load, runs).await,
        Benchmark::Catalogue(load) => catalogue::run(&load).await,
        Benchmark::All | Benchmark::Stack(_) | Benchmark::Emulators(_) => Err("no single benchmark".into()),
    }
}
