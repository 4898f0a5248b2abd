//! Between the SDK and the tables: conflicts, throttles, faults of the service, and answers that get lost on their way
//! back. Pseudo-random by a seed, so that a run can be repeated as far as the order of concurrent calls allows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What can happen to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disturbance {
    /// Another transaction holds one of the items: nothing is applied.
    Conflict,
    /// The table is too busy: nothing is applied.
    Throttle,
    /// The service fails: nothing is applied.
    Fault,
    /// The call is applied, and the connection drops before its answer arrives.
    LostAnswer,
}

/// A source of disturbances. Cheap to clone; all clones share their state.
#[derive(Clone, Debug)]
pub struct Interference(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seed: u64,
    percent: u64,
    calls: AtomicU64,
    is_on: AtomicBool,
    counts: Mutex<BTreeMap<Disturbance, usize>>,
}

impl Interference {
    /// Disturbs `percent` of all calls once it is [started](Self::start). Another seed comes from
    /// `INTERFERENCE_SEED`.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "a failed run must be repeatable")]
    pub fn seeded(seed: u64, percent: u64) -> Self {
        let given = platform::config::optional("INTERFERENCE_SEED").ok().flatten();
        let seed = given.and_then(|text| text.parse().ok()).unwrap_or(seed);
        println!("INTERFERENCE_SEED={seed}");
        let (calls, is_on, counts) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::default());
        Self(Arc::new(Inner { seed, percent, calls, is_on, counts }))
    }

    /// The same client, disturbed.
    #[must_use]
    pub fn around(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Disturbed { client, interference: self.clone() })
    }

    /// From now on calls are disturbed.
    pub fn start(&self) {
        self.0.is_on.store(true, Ordering::SeqCst);
    }

    /// From now on they are not.
    pub fn stop(&self) {
        self.0.is_on.store(false, Ordering::SeqCst);
    }

    /// How often `what` has happened.
    #[must_use]
    pub fn count(&self, what: Disturbance) -> usize {
        self.counts().get(&what).copied().unwrap_or_default()
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, BTreeMap<Disturbance, usize>> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the next call, and a number to decide its details by.
    fn next(&self, operation: &str) -> Option<(Disturbance, u64)> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst);
        let dice = splitmix(self.0.seed ^ splitmix(call));
        if !self.0.is_on.load(Ordering::SeqCst) || dice % 100 >= self.0.percent {
            return None;
        }
        let is_write = matches!(operation, "TransactWriteItems" | "PutItem");
        let disturbance = match dice / 100 % 4 {
            0 if is_write => Disturbance::Conflict,
            1 => Disturbance::Fault,
            2 => Disturbance::LostAnswer,
            _ => Disturbance::Throttle,
        };
        *self.counts().entry(disturbance).or_default() += 1;
        Some((disturbance, dice / 400))
    }
}

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): equal seeds give equal numbers.
const fn splitmix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[derive(Debug)]
struct Disturbed {
    client: SharedHttpClient,
    interference: Interference,
}

impl HttpClient for Disturbed {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connector { connector, interference: self.interference.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    connector: SharedHttpConnector,
    interference: Interference,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let Some((disturbance, dice)) = self.interference.next(&operation) else {
            return self.connector.call(request);
        };
        let error = match disturbance {
            Disturbance::LostAnswer => return lose(self.connector.call(request)),
            Disturbance::Conflict if operation == "TransactWriteItems" => {
                cancelled(&request, dice, "TransactionConflict", "Transaction is ongoing for the item")
            }
            Disturbance::Conflict => error("TransactionConflictException"),
            Disturbance::Throttle if operation == "TransactWriteItems" && dice % 3 == 0 => {
                cancelled(&request, dice, "ThrottlingError", "Throughput exceeds the current capacity")
            }
            Disturbance::Throttle if dice % 2 == 0 => error("ThrottlingException"),
            Disturbance::Throttle => error("ProvisionedThroughputExceededException"),
            Disturbance::Fault => error("InternalServerError"),
        };
        let status = if disturbance == Disturbance::Fault { 500 } else { 400 };
        HttpConnectorFuture::ready(answer(status, &error))
    }
}

/// The call happens; nobody hears of it.
fn lose(call: HttpConnectorFuture) -> HttpConnectorFuture {
    HttpConnectorFuture::new(async {
        let answer = call.await?;
        drop(answer);
        Err(ConnectorError::io("the connection was closed before the answer arrived".into()))
    })
}

fn error(name: &str) -> Value {
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "as the test wants it"})
}

/// A transaction cancelled because of one of its items.
fn cancelled(request: &HttpRequest, dice: u64, code: &str, message: &str) -> Value {
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let items = body["TransactItems"].as_array().map_or(1, Vec::len);
    let hit = usize::try_from(dice).unwrap_or_default() % items;
    let reason =
        |item| if item == hit { json!({"Code": code, "Message": message}) } else { json!({"Code": "None"}) };
    let mut error = error("TransactionCanceledException");
    error["CancellationReasons"] = (0..items).map(reason).collect();
    error
}

fn answer(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
