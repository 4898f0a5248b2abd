//! `cargo run -p bench --release -- <benchmark>`: what the local stack does under load, in figures.
//!
//! The stack runs as its own release binary, functions and emulators in one process; the clients and receivers are this
//! process. CPU time and peak memory are the kernel's figures of the stack's process. Every benchmark runs several times
//! and prints the least, the median and the most, for neighbours on the machine show in a single figure.
#![expect(clippy::print_stdout, reason = "its figures are its point")]

mod closed;
mod kill;
mod neighbour;
mod open;
mod process;
mod shop;
mod spread;

use clap::{Parser, Subcommand};

/// Errors end a benchmark: nothing depends on which.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "Benchmarks of the local stack")]
struct Arguments {
    /// How often to run.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// As many orders as go through, each told to `fan_out` endpoints.
    Closed(closed::Load),
    /// Orders at a fixed rate; how late each is told, counted from when it was to be placed.
    Open(open::Load),
    /// A receiver that is well, alone and beside a thousand messages to one that hangs.
    Neighbour(neighbour::Load),
    /// `kill -9` under load: what is lost, what comes twice, how late the last comes.
    Kill(kill::Load),
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    println!("{}", process::machine()?);
    match arguments.benchmark {
        Benchmark::Closed(load) => closed::run(&load, arguments.runs).await,
        Benchmark::Open(load) => open::run(&load, arguments.runs).await,
        Benchmark::Neighbour(load) => neighbour::run(&load, arguments.runs).await,
        Benchmark::Kill(load) => kill::run(&load, arguments.runs).await,
    }
}
