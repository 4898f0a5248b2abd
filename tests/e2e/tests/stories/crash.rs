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
mod oauth;
mod points;
mod ready;
mod shop;
mod verdict;

use std::collections::BTreeSet;

use tokio::sync::Semaphore;

/// Stacks that run beside each other.
static ROOM: Semaphore = Semaphore::const_new(2);

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_request_dies_nothing_is_lost_or_done_twice() {
    futures_util::future::join_all(points::REQUESTS.iter().map(|chain| chain::run(chain))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn l5_no_delivery_is_stuck_whether_it_dies_before_its_message_or_around_its_send() {
    futures_util::future::join_all(points::DELIVERIES.iter().map(|chain| chain::run(chain))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn l12_a_recovery_that_dies_goes_on_and_sends_nothing_twice() {
    chain::run(points::RECOVERIES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_that_dies_lists_and_counts_every_pet_once() {
    chain::run(points::CATALOGUE).await;
}

#[test]
fn every_point_of_the_sources_is_one_at_which_a_process_dies_here() {
    let here: BTreeSet<_> = points::all().map(|(name, _)| *name).collect();
    let found = points::of_sources();
    let named: BTreeSet<_> = found.iter().map(String::as_str).collect();
    assert_eq!(here, named);
    assert_eq!(found.len(), named.len(), "one name is passed at two places: {found:?}");
}
