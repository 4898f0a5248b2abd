//! What the benchmarks run beside themselves: this same binary, as the stack or as a part of it.

use std::path::PathBuf;

use domain::Scope;
use domain::id::{TenantId, UserId};
use domain::tenant::{Registration, Tenant};
use futures_util::FutureExt;
use local::emulators::{Emulators, Endpoints};
use local::error::StartError;
use local::function::{HttpFunction, QueueFunction, StreamFunction, TickFunction};
use local::options::Options;
use local::stack::{Functions, Wiring};
use local::{Local, functions, seed};
use tokio::runtime::{Builder, Handle};
use uuid::Uuid;

use crate::Result;

/// The name of the threads that run functions, where they have threads of their own.
pub(crate) const FUNCTIONS: &str = "functions";
/// The function that keeps the list of pets, and its thread.
pub(crate) const CATALOGUE: &str = "catalogue";
/// The tokens of the further tenants, one a line, in the state folder.
pub(crate) const TENANTS: &str = "tenants";

#[derive(clap::Args)]
pub(crate) struct Stack {
    /// The state folder.
    #[arg(long)]
    state: PathBuf,
    /// Emulators that run elsewhere: DynamoDB's address, SQS's and S3's.
    #[arg(long, num_args = 3)]
    emulators: Option<Vec<String>>,
    /// Tenants to make beside the usual one.
    #[arg(long, default_value_t = 0)]
    tenants: u32,
    /// Delivery functions with memories of their own.
    #[arg(long, default_value_t = 1)]
    delivery_environments: usize,
}

#[derive(clap::Args)]
pub(crate) struct Apart {
    /// The database file.
    #[arg(long)]
    database: PathBuf,
}

/// The emulators alone, until somebody kills them.
pub(crate) async fn emulators(of: &Apart) -> Result<()> {
    let emulators = Emulators::start(&of.database, &of.database.with_extension("buckets"), false).await?;
    let Endpoints { dynamodb, sqs, s3 } = emulators.endpoints();
    println!("{dynamodb} {sqs} {s3}");
    std::future::pending().await
}

/// The stack as `cargo run` starts it; with emulators elsewhere its functions have threads of their own.
pub(crate) async fn stack(of: Stack) -> Result<()> {
    let emulators = of.emulators.as_deref().and_then(endpoints);
    let is_apart = emulators.is_some();
    let options = Options {
        port: 0,
        state: of.state,
        no_seed: true,
        delivery_environments: of.delivery_environments,
        emulators,
        ..Options::default()
    };
    let local = match is_apart {
        true => {
            let thread = runtime()?;
            Local::start_with(options, move |wiring| async move { wire_on(&thread, wiring).await }.boxed())
                .await?
        }
        false => Local::start(options).await?,
    };
    local.staff_tokens()?;
    local.state().write_token(TENANTS, &tenants(&local, of.tenants).await?)?;
    println!("{}", local.base_url());
    std::future::pending().await
}

/// Emulators by their addresses.
pub(crate) fn endpoints(addresses: &[String]) -> Option<Endpoints> {
    match addresses {
        [dynamodb, sqs, s3] => {
            Some(Endpoints { dynamodb: dynamodb.clone(), sqs: sqs.clone(), s3: s3.clone() })
        }
        _ => None,
    }
}

async fn tenants(local: &Local, count: u32) -> Result<String> {
    let store = functions::store(local.wiring());
    let mut tokens = Vec::new();
    for number in 1..=count {
        let tenant = TenantId::new(Uuid::from_u128(0x7000_8000_0000_0000_0000 + u128::from(number)));
        let (scope, user) = (Scope::Tenant(tenant), UserId::new(Uuid::from_u128(u128::from(number))));
        let row = Tenant { version: 1, ..Tenant::create(tenant, Registration::Open).claim() };
        drop(store.transaction().create("tenant", &row).commit().await?);
        drop(seed::person(&store, scope, user, true).await?);
        tokens.push(local.token(scope, user)?);
    }
    Ok(tokens.join("\n"))
}

/// The functions on one thread, which does nothing else: what they cost is that thread's time. `catalogue`, which has no
/// part in telling anybody anything, has another. Their connections are their own, so that no other thread works for
/// them, nor theirs for others.
pub(crate) async fn wire_on(
    functions: &Handle,
    wiring: Wiring,
) -> std::result::Result<Functions, StartError> {
    let beside = thread(CATALOGUE)?;
    let (wired, shelving) = (wire_apart(functions, &wiring).await?, wire_apart(&beside, &wiring).await?);
    let streams = wired.streams.into_iter().map(|(name, function)| (name, stream(functions, function)));
    let shelving = shelving.streams.into_iter().filter(|(name, _)| name == CATALOGUE);
    let shelving = shelving.map(|(name, function)| (name, stream(&beside, function)));
    Ok(Functions {
        http: wired.http.into_iter().map(|(name, function)| (name, http(functions, function))).collect(),
        // Of two by the same name the later one is kept.
        streams: streams.chain(shelving).collect(),
        delivery: wired.delivery.into_iter().map(|function| queue(functions, function)).collect(),
        sweep: tick(functions, wired.sweep),
        reconcile: tick(functions, wired.reconcile),
        prune: tick(functions, wired.prune),
    })
}

/// Every function, with connections of its own that `thread` serves.
async fn wire_apart(thread: &Handle, wiring: &Wiring) -> std::result::Result<Functions, StartError> {
    let addresses =
        [&wiring.dynamodb, &wiring.sqs, &wiring.s3].map(|aws| aws.endpoint.clone().unwrap_or_default());
    let wiring = match endpoints(&addresses).map(|endpoints| endpoints.configs()) {
        Some([dynamodb, sqs, s3]) => Wiring { dynamodb, sqs, s3, ..wiring.clone() },
        None => wiring.clone(),
    };
    let wired = thread.spawn(local::functions::wire(wiring)).await;
    wired.map_err(|error| StartError::step("wire the functions", &error))?
}

/// A runtime with one thread, that of a Lambda environment; it lives as long as the process.
pub(crate) fn runtime() -> std::result::Result<Handle, StartError> {
    thread(FUNCTIONS)
}

/// A runtime with one thread of this name; it lives as long as the process.
pub(crate) fn thread(name: &str) -> std::result::Result<Handle, StartError> {
    let built = Builder::new_current_thread().enable_all().build();
    let runtime = built.map_err(|error| StartError::step("start a thread", &error))?;
    let handle = runtime.handle().clone();
    let thread = std::thread::Builder::new().name(name.to_owned());
    let spawned = thread.spawn(move || runtime.block_on(std::future::pending::<()>()));
    spawned.map(|_| handle).map_err(|error| StartError::step("start a thread", &error))
}

macro_rules! elsewhere {
    ($name:ident, $kind:ty, $($event:ident)?) => {
        fn $name(on: &Handle, function: $kind) -> $kind {
            let on = on.clone();
            std::sync::Arc::new(move |$($event)?| {
                let (on, function) = (on.clone(), function.clone());
                async move {
                    let running = on.spawn(async move { function($($event)?).await });
                    // Nobody aborts it, so it has panicked.
                    running.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
                }
                .boxed()
            })
        }
    };
}

elsewhere!(http, HttpFunction, request);
elsewhere!(stream, StreamFunction, event);
elsewhere!(queue, QueueFunction, event);
elsewhere!(tick, TickFunction,);
