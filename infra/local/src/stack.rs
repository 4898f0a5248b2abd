//! The whole stack: state folder, emulators, functions, gateway, pollers, tickers, started in the order in which they
//! need each other and stopped in the reverse.

mod base;
mod part;
mod pollers;
mod tickers;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;
use platform::aws::AwsConfig;
use store::meter::Meter;

use self::base::Base;
use self::part::Part;
use self::pollers::{missing, queue_poller, stream_poller};
use self::tickers::tickers;
use crate::emulators::Emulators;
use crate::error::StartError;
use crate::function::{QueueFunction, StreamFunction, TickFunction};
use crate::gateway::{Gateway, HttpFunctions};
use crate::options::Options;
use crate::sqs::QueueUrls;
use crate::state::StateFolder;
use crate::template::Template;
use crate::waker::Waker;

/// The function behind the queues; the other one with a queue is the sweeper, whose ticks are a ticker's here.
const DELIVERY: &str = "delivery";

/// What the functions are made with.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// How the stack runs.
    pub options: Options,
    /// `http://localhost:3000`, for `PUBLIC_BASE_URL`.
    pub base_url: String,
    /// How to reach DynamoDB.
    pub dynamodb: AwsConfig,
    /// How to reach SQS.
    pub sqs: AwsConfig,
    /// How to reach S3.
    pub s3: AwsConfig,
    /// The queues' URLs by logical id: `DeliveriesQueue`, `SlowQueue`.
    pub queue_urls: QueueUrls,
    /// The text for `MASTER_KEY`.
    pub master_key: String,
    /// What AWS would run.
    pub template: Template,
    /// Who answers in the chat: the guide, unless a test puts somebody else in its place.
    pub chat_provider: chat::provider::Provider,
    /// How long that one may take.
    pub chat_patience: chat::Patience,
    /// Counts what the functions' calls to DynamoDB cost, for whoever asks.
    pub meter: Option<Meter>,
}

/// The functions, ready to be called.
pub struct Functions {
    /// Behind the HTTP API, by binary.
    pub http: HttpFunctions,
    /// Behind the stream, by binary.
    pub streams: HashMap<String, StreamFunction>,
    /// Behind the queues, one per environment.
    pub delivery: Vec<QueueFunction>,
    /// Sends what is due, ends what is over.
    pub sweep: TickFunction,
    /// Finishes payments that were left running.
    pub reconcile: TickFunction,
    /// Removes photos that no pet names.
    pub prune: TickFunction,
}

/// A running local stack. Dropping it stops it at once; [`Local::shutdown`] lets it finish what has begun.
pub struct Local {
    /// Address of the API.
    address: SocketAddr,
    wiring: Wiring,
    state: StateFolder,
    database: PathBuf,
    /// `None` where they run in a process of their own.
    emulators: Option<Emulators>,
    waker: Waker,
    edge: Part,
    background: Part,
}

impl Local {
    /// Starts the stack with every function of this repository.
    ///
    /// # Errors
    /// [`StartError`], in one line for whoever typed the command.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::start_with(options, crate::functions::wire).await
    }

    /// Starts the stack with the functions that `wire` makes: it creates tables, seeds them and builds the functions
    /// while nothing runs yet.
    ///
    /// # Errors
    /// [`StartError`], in one line for whoever typed the command.
    pub async fn start_with(
        options: Options,
        wire: impl FnOnce(Wiring) -> BoxFuture<'static, Result<Functions, StartError>>,
    ) -> Result<Self, StartError> {
        let base = Base::start(options).await?;
        let functions = wire(base.wiring.clone()).await?;
        run(base, functions)
    }

    /// `http://localhost:3000`: where the API answers.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.wiring.base_url
    }

    /// Where the API listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the functions were made with: endpoints, queue URLs, the key.
    #[must_use]
    pub fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    /// The state folder.
    #[must_use]
    pub fn state(&self) -> &StateFolder {
        &self.state
    }

    /// The SQLite file behind DynamoDB.
    #[must_use]
    pub fn database_path(&self) -> &Path {
        &self.database
    }

    /// Wakes the stream's pollers after writes that went past the API.
    #[must_use]
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Stops cleanly: requests and batches that have begun are finished, the checkpoint is written, the files closed.
    pub async fn shutdown(self) {
        self.edge.finish().await;
        self.background.finish().await;
        if let Some(emulators) = self.emulators {
            emulators.stop().await;
        }
        drop(self.state);
    }
}

fn run(base: Base, functions: Functions) -> Result<Local, StartError> {
    let Base { socket, state, mut emulators, checkpoints, wiring } = base;
    let (edge, background, waker) = (Part::new(), Part::new(), Waker::default());
    let gateway = Gateway::new(&wiring.template, &functions.http, waker.clone())?;

    for function in &wiring.template.functions {
        let timeout = Duration::from_secs(function.timeout_secs);
        for mapping in &function.streams {
            let name = &function.binary;
            let checkpoint = checkpoints.get(name).ok_or_else(|| missing(name))?;
            let function = functions.streams.get(name).ok_or_else(|| missing(name))?;
            let poller = stream_poller(&wiring, mapping, timeout, function, checkpoint, &waker)?;
            background.spawn(|stop| poller.run(stop));
        }
        for mapping in function.queues.iter().filter(|_| function.binary == DELIVERY) {
            let (poller, invocations) = queue_poller(&wiring, mapping, timeout)?;
            let environments = functions.delivery.clone();
            background.spawn(|stop| poller.run(environments, invocations, stop));
        }
    }
    for ticker in tickers(&wiring, functions, emulators.as_mut(), &checkpoints, &waker) {
        background.spawn(|stop| ticker.run(stop));
    }

    let (address, database) = (socket.address(), state.database());
    edge.spawn(|stop| socket.serve(gateway, stop));
    Ok(Local { address, wiring, state, database, emulators, waker, edge, background })
}

#[cfg(test)]
mod tests;
