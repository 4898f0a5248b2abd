//! Every function of this repository, made the way its `main.rs` makes it, but for the emulators.

use std::future::Future;
use std::sync::Arc;

use blob::{Blobs, BucketNames};
use delivery::client::{Client, Settings as ClientSettings};
use delivery::{Breakers, Caps, Lanes, Leases, Tally};
use domain::target::AddressPolicy;
use domain::tenant::Registration;
use domain::user::Founding;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use lambda_http::{Body, Request, Response};
use payments::provider::{Provider, Simulator};
use platform::aws::AwsConfig;
use platform::clock;
use platform::sealed::Keyring;
use queue::{GroupMode, Queues};
use store::{Store, TableNames};
use web::{Edge, Limits, Payload, Settings};

use crate::error::StartError;
use crate::function::{BoxError, HttpFunction, QueueFunction, StreamFunction, TickFunction};
use crate::gateway::HttpFunctions;
use crate::narrator;
use crate::seed;
use crate::stack::{Functions, Wiring};

/// Messages that one delivery environment of the local stack works on at once.
const SLOTS: usize = 64;

/// What several functions are made of.
struct Parts {
    edge: Edge,
    store: Store,
    blobs: Blobs,
    queues: Queues,
    keys: Keyring,
    wiring: Wiring,
}

/// Creates the tables, seeds them and makes the functions.
///
/// # Errors
/// [`StartError::Step`] when the tables cannot be made or the key file holds too little.
pub fn wire(wiring: Wiring) -> BoxFuture<'static, Result<Functions, StartError>> {
    async {
        let parts = Parts::new(wiring)?;
        let step = |what| move |error: domain::Error| StartError::step(what, &error);
        parts.store.create_tables().await.map_err(step("create the tables"))?;
        parts.blobs.create_buckets().await.map_err(step("create the buckets"))?;
        if !parts.wiring.options.no_seed {
            seed::seed(&parts.store, clock::now()).await.map_err(step("seed the tables"))?;
            seed::demo_users(&parts.store, clock::now()).await.map_err(step("seed the tables"))?;
        }
        seed::people(&parts.store).await.map_err(step("seed the tables"))?;
        parts.functions()
    }
    .boxed()
}

/// The tables, for the local stack and its tests.
#[must_use]
pub fn store(wiring: &Wiring) -> Store {
    store_of(wiring, &wiring.dynamodb)
}

/// The tables, for the function that runs `binary`: it signs its requests by that name, as it would under its own role.
fn store_for(wiring: &Wiring, binary: &str) -> Store {
    store_of(wiring, &wiring.dynamodb.signed_as(binary))
}

fn store_of(wiring: &Wiring, dynamodb: &AwsConfig) -> Store {
    let store = Store::new(dynamodb, TableNames::default());
    match &wiring.meter {
        Some(meter) => store.metered(meter.clone()),
        None => store,
    }
}

/// The keys, for the local stack and its tests.
///
/// # Errors
/// [`StartError::Step`] when the key file holds too little.
pub fn keys(wiring: &Wiring) -> Result<Keyring, StartError> {
    Keyring::new(wiring.master_key.as_bytes()).map_err(|error| StartError::step("read the key", &error))
}

/// The payments function, which `reconcile` shares.
///
/// # Errors
/// [`StartError::Step`] when the key file holds too little.
pub fn payments(wiring: &Wiring) -> Result<payments::App, StartError> {
    Ok(Parts::new(wiring.clone())?.payments("reconcile"))
}

/// The buckets, for the local stack and its tests.
#[must_use]
pub fn blobs(wiring: &Wiring) -> Blobs {
    Blobs::new(&wiring.s3, BucketNames::default())
}

/// The function that removes photos that no pet names.
#[must_use]
pub fn prune(wiring: &Wiring) -> images::prune::App {
    images::prune::App {
        store: store_for(wiring, "prune"),
        blobs: blobs(wiring),
        reach: images::prune::Reach::default(),
    }
}

/// The sweeper.
///
/// # Errors
/// [`StartError::Step`] when the key file holds too little.
pub fn sweeper(wiring: &Wiring) -> Result<delivery::sweeper::App, StartError> {
    Ok(Parts::new(wiring.clone())?.sweeper())
}

impl Parts {
    fn new(wiring: Wiring) -> Result<Self, StartError> {
        let (store, blobs, keys) = (store(&wiring), blobs(&wiring), keys(&wiring)?);
        let settings = Settings {
            public_base_url: wiring.base_url.clone(),
            shared_pool: true,
            limits: wiring.options.rate_limit.map(Limits::of),
        };
        let url = |name: &str| wiring.queue_urls.get(name).cloned().unwrap_or_default();
        let queues = Queues::new(&wiring.sqs, url("DeliveriesQueue"), url("SlowQueue"), GroupMode::None);
        Ok(Self {
            edge: Edge::new(store.clone(), keys.clone(), settings),
            store,
            blobs,
            queues,
            keys,
            wiring,
        })
    }

    fn store_for(&self, binary: &str) -> Store {
        store_for(&self.wiring, binary)
    }

    /// What a function behind the HTTP API that runs `binary` begins with. All of them know of users and tenants what one
    /// has learnt.
    fn edge_for(&self, binary: &str) -> (Edge, Store) {
        let store = self.store_for(binary);
        (self.edge.with_store(store.clone()), store)
    }

    fn functions(&self) -> Result<Functions, StartError> {
        Ok(Functions {
            http: self.http(),
            streams: [("events", self.events()), ("catalogue", self.catalogue())]
                .map(|(name, function)| (name.to_owned(), function))
                .into(),
            delivery: (0..self.wiring.options.delivery_environments).map(|_| self.delivery()).collect(),
            sweep: tick(self.sweeper(), |app| async move {
                delivery::sweeper::sweep(&app, clock::now()).await.map(drop)
            }),
            prune: tick(prune(&self.wiring), |app| async move {
                images::prune::run(&app, clock::now()).await.map(drop)
            }),
            reconcile: tick(self.payments("reconcile"), |app| async move {
                payments::reconcile::run(&app, clock::now()).await.map(drop)
            }),
        })
    }

    fn http(&self) -> HttpFunctions {
        let payments = self.payments("payments");
        let targets = AddressPolicy::Any;
        let (edge, store) = self.edge_for("orders");
        let orders = orders::App { edge, store, reservations: orders::Reservations::default() };
        let (edge, store) = self.edge_for("callbacks");
        let callbacks = callbacks::App::new(edge, store, targets, Vec::new());
        let (edge, store) = self.edge_for("pets");
        let pets = pets::App { edge, store };
        let (edge, store) = self.edge_for("images");
        let images = images::App::new(edge, store, self.blobs.clone());
        let founding = Founding { is_open: true, registration: Registration::Open };
        let (edge, store) = self.edge_for("users");
        let users = users::App { edge, store, founding };
        let (edge, store) = self.edge_for("oauth");
        let oauth = oauth::App { edge, store };
        let (edge, store) = self.edge_for("webhooks");
        let webhooks = webhooks::App { edge, store, targets, own_hosts: Vec::new() };
        let chat = self.chat();
        let (edge, _) = self.edge_for("fallback");
        let fallback = fallback::App { edge, openapi: fallback::OPENAPI_JSON };
        [
            ("orders", http(orders, |app, request| async move { orders::handle(&app, request).await })),
            ("payments", http(payments, |app, request| async move { payments::handle(&app, request).await })),
            (
                "callbacks",
                http(callbacks, |app, request| async move { callbacks::handle(&app, request).await }),
            ),
            ("pets", http(pets, |app, request| async move { pets::handle(&app, request).await })),
            ("images", http(images, |app, request| async move { images::handle(&app, request).await })),
            ("webhooks", http(webhooks, |app, request| async move { webhooks::handle(&app, request).await })),
            ("users", http(users, |app, request| async move { users::handle(&app, request).await })),
            ("oauth", http(oauth, |app, request| async move { oauth::handle(&app, request).await })),
            ("chat", open(chat, |app, request| async move { chat::handle_open(&app, request).await })),
            ("fallback", http(fallback, |app, request| async move { fallback::handle(&app, request).await })),
        ]
        .into_iter()
        .map(|(name, function)| (name.to_owned(), function))
        .collect()
    }

    fn payments(&self, binary: &str) -> payments::App {
        let (edge, store) = self.edge_for(binary);
        payments::App {
            edge,
            provider: Provider::Simulator(Simulator::new(store.clone())),
            store,
            receipt_key: self.keys.subkey("receipt"),
        }
    }

    fn chat(&self) -> chat::App {
        let (edge, store) = self.edge_for("chat");
        chat::App {
            edge,
            store,
            provider: self.wiring.chat_provider.clone(),
            budget: self.wiring.options.rate_limit.map(|_| chat::Budget::default()),
            patience: self.wiring.chat_patience,
        }
    }

    fn sweeper(&self) -> delivery::sweeper::App {
        delivery::sweeper::App { store: self.store_for("sweeper"), queues: self.queues.clone() }
    }

    fn events(&self) -> StreamFunction {
        let app = events::App {
            store: self.store_for("events"),
            queues: self.queues.clone(),
            receipt_key: self.keys.subkey("receipt"),
            public_base_url: self.wiring.base_url.clone(),
        };
        Arc::new(move |event| {
            let app = app.clone();
            async move { events::handle(&app, event).await.map_err(BoxError::from) }.boxed()
        })
    }

    fn catalogue(&self) -> StreamFunction {
        let store = self.store_for("catalogue");
        Arc::new(move |event| {
            let store = store.clone();
            async move { catalogue::handle(&store, event).await.map_err(BoxError::from) }.boxed()
        })
    }

    /// Where the API and the emulators listen: no delivery goes there.
    fn own_ports(&self) -> Vec<u16> {
        let emulators =
            [&self.wiring.dynamodb, &self.wiring.sqs, &self.wiring.s3].map(|aws| aws.endpoint.as_deref());
        let urls = emulators.into_iter().flatten().chain([self.wiring.base_url.as_str()]);
        urls.filter_map(|url| url.parse::<http::Uri>().ok()?.port_u16()).collect()
    }

    fn delivery(&self) -> QueueFunction {
        let targets = AddressPolicy::Any;
        let settings = ClientSettings {
            internet: self.wiring.options.allow_internet,
            own_ports: self.own_ports(),
            ..ClientSettings::new(targets)
        };
        let app = delivery::App {
            store: self.store_for("delivery"),
            queues: self.queues.clone(),
            signing_key: self.keys.webhook_key(),
            keys: self.keys.clone(),
            client: Client::new(settings),
            lanes: Lanes::new(Caps::of_slots(SLOTS)),
            breakers: Breakers::default(),
            leases: Leases::default(),
            tally: Tally::default(),
            targets,
            own_hosts: Vec::new(),
            retry_scale: self.wiring.options.retry_scale,
            observer: narrator::tell,
        };
        Arc::new(move |event| {
            let app = app.clone();
            async move { delivery::handle(&app, event).await.map_err(BoxError::from) }.boxed()
        })
    }
}

/// A function that answers whole, as behind the HTTP API.
fn http<A, Fut>(app: A, handle: impl Fn(A, Request) -> Fut + Send + Sync + 'static) -> HttpFunction
where
    A: Clone + Send + Sync + 'static,
    Fut: Future<Output = Response<Body>> + Send + 'static,
{
    Arc::new(move |request| handle(app.clone(), request).map(|response| response.map(Payload::from)).boxed())
}

/// A function that may answer in pieces, as through a Function URL that streams.
fn open<A, Fut>(app: A, handle: impl Fn(A, Request) -> Fut + Send + Sync + 'static) -> HttpFunction
where
    A: Clone + Send + Sync + 'static,
    Fut: Future<Output = Response<Payload>> + Send + 'static,
{
    Arc::new(move |request| handle(app.clone(), request).boxed())
}

fn tick<A, Fut>(app: A, run: impl Fn(A) -> Fut + Send + Sync + 'static) -> TickFunction
where
    A: Clone + Send + Sync + 'static,
    Fut: Future<Output = domain::Result<()>> + Send + 'static,
{
    Arc::new(move || {
        let run = run(app.clone());
        async move { run.await.map_err(BoxError::from) }.boxed()
    })
}
