//! Between the SDK and the tables: conflicts, throttles, faults of the service, and answers that get lost on their way
//! back. Pseudo-random by a seed, so that a run can be repeated as far as the order of concurrent calls allows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::between;

mod http;

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
    /// The transaction is applied, and refused when it is repeated, as by a service that forgot its token.
    Unrecognized,
    /// The transaction can never be applied: one of its items is not valid.
    Invalid,
}

const ALL: [Disturbance; 4] =
    [Disturbance::Conflict, Disturbance::LostAnswer, Disturbance::Fault, Disturbance::Throttle];

/// A source of disturbances. Cheap to clone; all clones share their state.
#[derive(Clone, Debug)]
pub struct Interference(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seed: u64,
    percent: u64,
    calls: AtomicU64,
    is_on: AtomicBool,
    /// What happens to the next writes.
    script: Mutex<VecDeque<Disturbance>>,
    counts: Mutex<BTreeMap<Disturbance, usize>>,
    /// Tokens of transactions that were applied although nobody heard of it: DynamoDB never cancels them afterwards.
    applied: Mutex<BTreeSet<String>>,
}

impl Interference {
    /// Disturbs `percent` of all calls once it is [started](Self::start), and each of the first four writes in another
    /// way, so that no run is without one. Another seed comes from `INTERFERENCE_SEED`.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "a failed run must be repeatable")]
    pub fn seeded(seed: u64, percent: u64) -> Self {
        let given = platform::config::optional("INTERFERENCE_SEED").ok().flatten();
        let seed = given.and_then(|text| text.parse().ok()).unwrap_or(seed);
        println!("INTERFERENCE_SEED={seed}");
        Self::new(seed, percent, ALL.to_vec())
    }

    /// Disturbs the first writes in this way, one after the other, and nothing else.
    #[must_use]
    pub fn scripted(script: &[Disturbance]) -> Self {
        Self::new(0, 0, script.to_vec())
    }

    fn new(seed: u64, percent: u64, script: Vec<Disturbance>) -> Self {
        let (calls, is_on) = (AtomicU64::new(0), AtomicBool::new(false));
        let (counts, applied) = (Mutex::default(), Mutex::default());
        let script = Mutex::new(script.into());
        Self(Arc::new(Inner { seed, percent, calls, is_on, script, counts, applied }))
    }

    /// The same client, disturbed.
    #[must_use]
    pub fn around(&self, client: SharedHttpClient) -> SharedHttpClient {
        between::around(client, self.clone())
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
        locked(&self.0.counts).get(&what).copied().unwrap_or_default()
    }

    /// What happens to the next call, and a number to decide its details by.
    fn next(&self, operation: &str, token: &str) -> Option<(Disturbance, u64)> {
        if !self.0.is_on.load(Ordering::SeqCst) {
            return None;
        }
        let dice = splitmix(self.0.seed ^ splitmix(self.0.calls.fetch_add(1, Ordering::SeqCst)));
        let is_write = matches!(operation, "TransactWriteItems" | "PutItem" | "BatchExecuteStatement");
        let can_conflict =
            matches!(operation, "TransactWriteItems" | "PutItem") && !locked(&self.0.applied).contains(token);
        let scripted = if is_write { self.next_of_script(can_conflict, !token.is_empty()) } else { None };
        let diced =
            || (dice % 100 < self.0.percent).then_some(ALL[usize::try_from(dice / 100 % 4).unwrap_or(0)]);
        let mut disturbance = scripted.or_else(diced)?;
        if disturbance == Disturbance::Conflict && !can_conflict {
            disturbance = Disturbance::Throttle;
        }
        if disturbance == Disturbance::LostAnswer && !token.is_empty() {
            locked(&self.0.applied).insert(token.to_owned());
        }
        *locked(&self.0.counts).entry(disturbance).or_default() += 1;
        Some((disturbance, dice / 400))
    }

    /// The script's next that this write can meet: what only some writes meet waits for one of them.
    fn next_of_script(&self, can_conflict: bool, is_transaction: bool) -> Option<Disturbance> {
        let mut script = locked(&self.0.script);
        let suits = |disturbance: &Disturbance| match disturbance {
            Disturbance::Conflict => can_conflict,
            Disturbance::Invalid => is_transaction,
            _ => true,
        };
        let place = script.iter().position(suits)?;
        script.remove(place)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): equal seeds give equal numbers.
const fn splitmix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
