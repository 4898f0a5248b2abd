//! The races again, while transactions conflict, tables throttle, the service fails and answers get lost: nobody sees a
//! 5xx but a 503 with Retry-After, and once everything is quiet the books agree with each other and with every answer.

mod alone;
mod crowd;
mod races;

use e2e::{Books, Disturbance, Interference, Reply, World, eventually};
use platform::clock;

/// Of a hundred calls to DynamoDB so many go wrong.
const PERCENT: u64 = 30;

/// A world whose calls are disturbed from now on.
async fn disturbed(seed: u64) -> (World, Interference) {
    let interference = Interference::seeded(seed, PERCENT);
    (World::disturbed(&interference).await, interference)
}

/// The replies with `status`; every reply has one of `allowed`, or is 503 with Retry-After.
fn with_status<'a>(replies: &'a [Reply], status: u16, allowed: &[u16]) -> Vec<&'a Reply> {
    for reply in replies {
        let (status, has_retry) = (reply.status.as_u16(), !reply.header("retry-after").is_empty());
        let is_fair = allowed.contains(&status) || status == 503 && has_retry;
        assert!(is_fair, "{status} {}", reply.json());
    }
    replies.iter().filter(|reply| reply.status == status).collect()
}

/// The books once nothing is disturbed any more and `reconcile` has finished what was left running.
async fn quiet(world: &World, interference: &Interference) -> Books {
    interference.stop();
    let books = eventually("every operation to end", async || {
        world.reconcile(clock::now().plus_ms(61_000)).await;
        let books = Books::read(world).await;
        books.orders.iter().all(|found| found.order.active_operation.is_none()).then_some(books)
    })
    .await;
    for kind in [Disturbance::Conflict, Disturbance::Throttle, Disturbance::Fault, Disturbance::LostAnswer] {
        assert!(interference.count(kind) > 0, "there was no {kind:?}");
    }
    books.assert_agree();
    books
}
