//! The `petstore` command: runs the local stack until Ctrl-C.

use std::process::ExitCode;

use clap::Parser;
use local::error::StartError;
use local::options::Cli;
use local::{Local, shutdown};

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a failed start is told to whoever typed the command")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), StartError> {
    let local = Local::start(cli.options).await?;
    let stopped = shutdown::requested().await;
    local.shutdown().await;
    stopped.map_err(|error| StartError::step("wait for Ctrl-C", &error))
}
