//! What runs at intervals: the schedules of the template, and what DynamoDB does by itself.

use std::time::Duration;

use super::base::Checkpoints;
use super::{Functions, Wiring};
use crate::emulators::Emulators;
use crate::housekeeping;
use crate::ticker::Ticker;
use crate::waker::Waker;

/// How often the sweeper runs (in AWS every 10 s, by a schedule and ticks).
const SWEEP: Duration = Duration::from_secs(5);
/// How often payments left running are looked for (in AWS every minute).
const RECONCILE: Duration = Duration::from_secs(10);
/// How often photos that no pet names are looked for (in AWS every day).
const PRUNE: Duration = Duration::from_secs(3_600);
/// How often items expire (in AWS within days).
const EXPIRE: Duration = Duration::from_secs(60);
/// How often the stream is trimmed.
const TRIM: Duration = Duration::from_secs(10);
/// All of them; the database's own where the emulators are here.
pub(super) fn tickers(
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
