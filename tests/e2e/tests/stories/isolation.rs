//! One receiver's trouble is its own: nobody else waits, and it is left alone until it is well.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod breaker;
mod neighbour;
mod ourselves;

use e2e::{Api, World};
use futures_util::stream::{self, StreamExt};

/// Places `count` orders, several at a time.
async fn place(world: &World, staff: &Api, count: usize) {
    stream::iter(0..count).map(|_| world.order(staff, staff)).buffer_unordered(8).count().await;
}
