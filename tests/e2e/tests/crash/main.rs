//! The process dies, at every point of every path, under load, or its queues are emptied: nothing that a client was
//! told is lost, nothing is charged or refunded twice, and every event arrives under one id.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail the test, and say how far they came"
)]

mod chain;
mod emptied;
mod load;
mod points;
mod ready;
mod shop;
mod verdict;

use std::collections::BTreeSet;

use tokio::sync::Semaphore;

/// Stacks that run beside each other.
static ROOM: Semaphore = Semaphore::const_new(2);

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_process_dies_nothing_is_lost_or_done_twice() {
    futures_util::future::join_all(points::CHAINS.iter().map(|chain| chain::run(chain))).await;
}

#[test]
fn every_point_of_the_sources_is_one_at_which_a_process_dies_here() {
    let here: BTreeSet<_> =
        points::CHAINS.iter().flat_map(|chain| chain.iter()).map(|(name, _)| *name).collect();
    let found = points::of_sources();
    let named: BTreeSet<_> = found.iter().map(String::as_str).collect();
    assert_eq!(here, named);
    assert_eq!(found.len(), named.len(), "one name is passed at two places: {found:?}");
}
