//! The whole stack: state folder, emulators, functions, gateway, pollers, tickers, started in the order in which they
//! need each other and stopped in the reverse.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;
use platform::aws::AwsConfig;
use store::meter::Meter;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::checkpoint::Checkpoint;
use crate::emulators::{Emulators, Endpoints};
use crate::error::StartError;
use crate::filter::Filter;
use crate::function::{QueueFunction, StreamFunction, TickFunction};
use crate::gateway::{Gateway, HttpFunctions};
use crate::http::ApiSocket;
use crate::options::Options;
use crate::queue_poller::QueuePoller;
use crate::sqs::{self, QueueUrls};
use crate::state::StateFolder;
use crate::stream_poller::StreamPoller;
use crate::stream_poller::reader::Reader;
use crate::template::{QueueMapping, StreamMapping, Template};
use crate::ticker::Ticker;
use crate::waker::Waker;
use crate::{housekeeping, sdk};

/// How often the sweeper runs (in AWS every 10 s inside its minute).
const SWEEP: Duration = Duration::from_secs(5);
/// How often payments left running are looked for (in AWS every minute).
const RECONCILE: Duration = Duration::from_secs(10);
/// How often photos that no pet names are looked for (in AWS every day).
const PRUNE: Duration = Duration::from_secs(3_600);
/// How often items expire (in AWS within days).
const EXPIRE: Duration = Duration::from_secs(60);
/// How often the stream is trimmed.
const TRIM: Duration = Duration::from_secs(10);
/// A stream's batching window here is this part of the template's: whoever sits before the machine would wait for it
/// every time, and a tenth still brings together what belongs together.
const WINDOW_PART: u32 = 10;
/// Invocations of a queue's function at once where the template sets no maximum.
const CONCURRENCY: u32 = 10;

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

/// Tasks that stop together.
struct Part {
    stop: CancellationToken,
    tasks: TaskTracker,
    _guard: DropGuard,
}

impl Part {
    fn new() -> Self {
        let stop = CancellationToken::new();
        Self { _guard: stop.clone().drop_guard(), stop, tasks: TaskTracker::new() }
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(&self, run: impl FnOnce(CancellationToken) -> F) {
        self.tasks.spawn(run(self.stop.clone()));
    }

    async fn finish(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// How far each function has read the stream, by binary.
type Checkpoints = HashMap<String, Checkpoint>;

/// State and emulators, before there are functions.
struct Base {
    socket: ApiSocket,
    state: StateFolder,
    emulators: Option<Emulators>,
    checkpoints: Checkpoints,
    wiring: Wiring,
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
        let base = base(options).await?;
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

async fn base(options: Options) -> Result<Base, StartError> {
    let template = Template::load()?;
    let state =
        if options.ephemeral { StateFolder::temporary()? } else { StateFolder::open(&options.state)? };
    let socket = ApiSocket::bind(options.port)?;
    let master_key = state.master_key()?;
    let (emulators, endpoints) = emulators(&options, &state).await?;
    let checkpoints = checkpoints(&template, &state)?;
    let [dynamodb, sqs, s3] = endpoints.configs();
    let queue_urls = sqs::create_queues(&sdk::sqs(&sqs), &template.queues).await?;
    let wiring = Wiring {
        base_url: format!("http://localhost:{}", socket.address().port()),
        options,
        dynamodb,
        sqs,
        s3,
        queue_urls,
        master_key,
        template,
        chat_provider: chat::provider::Provider::CareGuide,
        chat_patience: chat::Patience::open(),
        meter: None,
    };
    Ok(Base { socket, state, emulators, checkpoints, wiring })
}

async fn emulators(
    options: &Options,
    state: &StateFolder,
) -> Result<(Option<Emulators>, Endpoints), StartError> {
    if let Some(elsewhere) = &options.emulators {
        return Ok((None, elsewhere.clone()));
    }
    let emulators = Emulators::start(&state.database(), &state.buckets(), options.ephemeral).await?;
    let endpoints = emulators.endpoints();
    Ok((Some(emulators), endpoints))
}

fn checkpoints(template: &Template, state: &StateFolder) -> Result<Checkpoints, StartError> {
    let readers = template.functions.iter().filter(|function| !function.streams.is_empty());
    readers
        .map(|function| Ok((function.binary.clone(), Checkpoint::open(&state.checkpoint(&function.binary))?)))
        .collect()
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
        for mapping in &function.queues {
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

fn stream_poller(
    wiring: &Wiring,
    mapping: &StreamMapping,
    timeout: Duration,
    function: &StreamFunction,
    checkpoint: &Checkpoint,
    waker: &Waker,
) -> Result<StreamPoller, StartError> {
    let table = wiring.template.table(&mapping.table).ok_or_else(|| missing(&mapping.table))?;
    let filter = Filter::parse(&mapping.filters)
        .map_err(|error| StartError::Step { what: "poll the stream", reason: error.to_string() })?;
    Ok(StreamPoller {
        reader: Reader::new(sdk::streams(&wiring.dynamodb), &table.name),
        filter,
        batch_size: mapping.batch_size,
        window: Duration::from_secs(mapping.batching_window_secs) / WINDOW_PART,
        bisect: mapping.bisect,
        partial_failures: mapping.partial_failures,
        timeout,
        function: function.clone(),
        checkpoint: checkpoint.clone(),
        waker: waker.listener(),
    })
}

/// The poller, and how many invocations each environment takes at once: together as many as the template allows.
fn queue_poller(
    wiring: &Wiring,
    mapping: &QueueMapping,
    timeout: Duration,
) -> Result<(QueuePoller, usize), StartError> {
    let queue = wiring.template.queue(&mapping.queue).ok_or_else(|| missing(&mapping.queue))?;
    let url = wiring.queue_urls.get(&mapping.queue).ok_or_else(|| missing(&mapping.queue))?;
    let concurrency = mapping.concurrency_max.unwrap_or(CONCURRENCY) as usize;
    let poller = QueuePoller {
        client: sdk::sqs(&wiring.sqs),
        url: url.clone(),
        arn: sqs::queue_arn(&queue.name),
        batch_size: mapping.batch_size,
        partial_failures: mapping.partial_failures,
        timeout,
    };
    Ok((poller, concurrency.div_ceil(wiring.options.delivery_environments)))
}

fn tickers(
    wiring: &Wiring,
    functions: Functions,
    emulators: Option<&mut Emulators>,
    checkpoints: &Checkpoints,
    waker: &Waker,
) -> Vec<Ticker> {
    let ticker = |name, every, function| Ticker { name, every, function, waker: waker.clone() };
    let mut tickers = vec![
        ticker("sweeper", wiring.options.scaled(SWEEP), functions.sweep),
        ticker("reconcile", wiring.options.scaled(RECONCILE), functions.reconcile),
        ticker("prune", PRUNE, functions.prune),
    ];
    let Some(emulators) = emulators else { return tickers };
    tickers.push(ticker("expire", EXPIRE, housekeeping::expire_items(emulators.database().to_owned())));
    let streamed = wiring.template.tables.iter().find(|table| table.stream_view.is_some());
    tickers.extend(emulators.take_index().zip(streamed).map(|(index, table)| {
        let readers = checkpoints.values().cloned().collect();
        let function = housekeeping::trim_stream(index, table.name.clone(), readers);
        ticker("trim", TRIM, function)
    }));
    tickers
}

fn missing(logical_id: &str) -> StartError {
    let reason = format!("template.yaml has no {logical_id}");
    StartError::Step { what: "start an event source mapping", reason }
}

#[cfg(test)]
mod tests;
