//! The event source mappings of the template, as pollers.

use std::time::Duration;

use super::Wiring;
use crate::checkpoint::Checkpoint;
use crate::error::StartError;
use crate::filter::Filter;
use crate::function::StreamFunction;
use crate::queue_poller::QueuePoller;
use crate::stream_poller::StreamPoller;
use crate::stream_poller::reader::Reader;
use crate::template::{QueueMapping, StreamMapping};
use crate::waker::Waker;
use crate::{sdk, sqs};

/// A stream's batching window here is this part of the template's: whoever sits before the machine would wait for it
/// every time, and a tenth still brings together what belongs together.
const WINDOW_PART: u32 = 10;
/// Invocations of a queue's function at once where the template sets no maximum.
const CONCURRENCY: u32 = 10;

/// A poller that calls `function` with what the stream has for it.
pub(super) fn stream_poller(
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
pub(super) fn queue_poller(
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

pub(super) fn missing(logical_id: &str) -> StartError {
    let reason = format!("template.yaml has no {logical_id}");
    StartError::Step { what: "start an event source mapping", reason }
}
