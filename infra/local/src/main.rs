//! The `petstore` command: runs the local stack until Ctrl-C, or the demo; and what an operator does to a deployment.

use std::path::Path;
use std::process::ExitCode;

use chat::provider;
use clap::Parser;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use local::error::StartError;
use local::options::{Cli, Command, Options, TenantCommand};
use local::stack::{Functions, Wiring};
use local::template::STACK_NAME;
use local::{Local, banner, demo, functions, narrator, operator, recount, runtime, settle, shutdown};
use platform::telemetry::{self, LogFormat, Origin};
use platform::{config, fault};
use tracing::level_filters::LevelFilter;

#[expect(clippy::print_stderr, reason = "a failed start is told to whoever typed the command")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    let started = runtime::build().map_err(|error| StartError::step("start threads", &error));
    match started.and_then(|threads| threads.block_on(run(cli))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), StartError> {
    prepare()?;
    match cli.command {
        Some(Command::Demo) => demo::run(cli.options, print).await,
        Some(Command::Docs { folder, server }) => write_docs(&folder, server.as_deref()),
        Some(Command::Tenant(TenantCommand::Create(tenant))) => operator::create_tenant(&tenant, print).await,
        Some(Command::Tenant(TenantCommand::Registration(new))) => {
            operator::change_registration(&new, print).await
        }
        Some(Command::Tenant(TenantCommand::Client { tenant })) => operator::give_client(tenant, print).await,
        Some(Command::Unsettled) => settle::list(print).await,
        Some(Command::Settle(found_out)) => settle::settle(found_out, print).await,
        Some(Command::Bootstrap(bootstrap)) => operator::bootstrap(bootstrap, print).await,
        Some(Command::Recount { table }) => recount::run(&cli.options, table, print).await,
        None => serve(cli.options).await,
    }
}

fn write_docs(folder: &Path, server: Option<&str>) -> Result<(), StartError> {
    site::write(folder, server).map_err(|error| StartError::step("write the documentation", &error))?;
    print(&format!("The documentation is in {}; begin at index.html.", folder.display()));
    Ok(())
}

/// Logs warnings, and arms the fault hook that a crash test asks for.
fn prepare() -> Result<(), StartError> {
    let level =
        config::parsed::<LevelFilter>("LOG_LEVEL").map_err(|error| StartError::step("start", &error))?;
    let origin = Origin { stack: STACK_NAME.to_owned(), function: "local" };
    telemetry::init(origin, LogFormat::Pretty, level.unwrap_or(LevelFilter::WARN))
        .map_err(|error| StartError::step("start the log", &error))?;
    if let Some(point) =
        config::optional("PETSTORE_FAULT").map_err(|error| StartError::step("start", &error))?
    {
        fault::arm(&point);
    }
    Ok(())
}

async fn serve(options: Options) -> Result<(), StartError> {
    narrator::tell_to(print);
    let local = Local::start_with(options, wire).await?;
    print(&banner::text(&local, &local.staff_tokens()?));
    let stopped = shutdown::requested().await;
    local.shutdown().await;
    stopped.map_err(|error| StartError::step("wait for Ctrl-C", &error))
}

/// As the stack alone does, but with the chat's provider of the environment, if there is one.
fn wire(mut wiring: Wiring) -> BoxFuture<'static, Result<Functions, StartError>> {
    async move {
        let named =
            config::optional("CHAT_PROVIDER").and_then(|name| name.map(|_| provider::from_env()).transpose());
        if let Some(provider) =
            named.map_err(|error| StartError::step("choose the chat's provider", &error))?
        {
            wiring.chat_provider = provider;
        }
        functions::wire(wiring).await
    }
    .boxed()
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn print(line: &str) {
    println!("{line}");
}
