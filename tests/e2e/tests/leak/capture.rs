//! The stack with a tap on its stream and its queues, and everything that its tables hold.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::DAY_MS;
use e2e::{Receiver, World, eventually};
use flate2::read::DeflateDecoder;
use futures_util::FutureExt;
use local::Local;
use local::function::{QueueFunction, StreamFunction};
use local::options::Options;
use local::stack::{Functions, Wiring};
use platform::clock;

/// A running stack and what went through its stream and queues.
pub(crate) struct Captured {
    pub(crate) world: World,
    stream: Tap,
    queues: Tap,
}

type Tap = Arc<Mutex<String>>;

impl Captured {
    pub(crate) async fn start() -> Self {
        let (stream, queues) = (Tap::default(), Tap::default());
        let taps = (stream.clone(), queues.clone());
        let wire = |wiring: Wiring| {
            async move {
                let mut functions = local::functions::wire(wiring).await?;
                let delivery = functions.delivery.iter().map(|function| tap_queue(function.clone(), &taps.1));
                let delivery = delivery.collect();
                for function in functions.streams.values_mut() {
                    *function = tap_stream(function.clone(), &taps.0);
                }
                Ok(Functions { delivery, ..functions })
            }
            .boxed()
        };
        let options = Options { no_seed: true, ..Options::ephemeral() };
        let local = Local::start_with(options, wire).await.unwrap();
        let world = World { store: local::functions::store(local.wiring()), local };
        Self { world, stream, queues }
    }

    /// Waits until the callback came and every delivery has ended.
    pub(crate) async fn until_delivered(&self, receiver: &Receiver) {
        crate::arrived(receiver).await;
        let far = clock::now().plus_ms(DAY_MS);
        eventually("every delivery to end", async || {
            self.world.store.deliveries_due(true, far, 100).await.rows.is_empty().then_some(())
        })
        .await;
    }

    /// Waits until the stream has carried `text`.
    pub(crate) async fn until_streamed(&self, text: &str) {
        eventually("a stream record", async || self.stream.lock().unwrap().contains(text).then_some(()))
            .await;
    }

    /// What the system keeps and passes on to itself.
    pub(crate) async fn places(&self) -> Vec<(&'static str, String)> {
        let names = store::TableNames::default();
        vec![
            ("the state table", self.table(&names.state).await),
            ("the deliveries table", self.table(&names.deliveries).await),
            ("the database file", file(self.world.local.database_path())),
            ("the stream", self.stream.lock().unwrap().clone()),
            ("the queues", self.queues.lock().unwrap().clone()),
        ]
    }

    async fn table(&self, name: &str) -> String {
        let client = local::sdk::dynamodb(&self.world.local.wiring().dynamodb);
        let mut pages = client.scan().table_name(name).consistent_read(true).into_paginator().send();
        let mut text = String::new();
        while let Some(page) = pages.next().await {
            for (attribute, value) in page.unwrap().items().iter().flatten() {
                writeln!(text, "{attribute}: {value:?} {}", inflated(value)).unwrap();
            }
        }
        text
    }
}

/// What a binary attribute holds, if it is deflated text.
fn inflated(value: &AttributeValue) -> String {
    let mut text = String::new();
    if let AttributeValue::B(bytes) = value {
        DeflateDecoder::new(bytes.as_ref()).read_to_string(&mut text).unwrap();
    }
    text
}

/// The file as it lies there, with what was overwritten and not yet reused: old versions and stream records.
fn file(path: &Path) -> String {
    let journal = path.with_file_name(format!("{}-wal", path.file_name().unwrap().to_string_lossy()));
    let parts = [path, &journal].map(|path| std::fs::read(path).unwrap_or_default());
    parts.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
}

fn tap_stream(function: StreamFunction, tap: &Tap) -> StreamFunction {
    let tap = tap.clone();
    Arc::new(move |event| {
        tap.lock().unwrap().push_str(&serde_json::to_string(&event).unwrap());
        function(event)
    })
}

fn tap_queue(function: QueueFunction, tap: &Tap) -> QueueFunction {
    let tap = tap.clone();
    Arc::new(move |event| {
        tap.lock().unwrap().push_str(&serde_json::to_string(&event).unwrap());
        function(event)
    })
}
