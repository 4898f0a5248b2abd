//! Waiting for what must come, with an end.

use std::time::Duration;

use local::receiver::{Received, Receiver};

/// Longer than anything a test waits for takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits for `future`, but not for ever.
///
/// # Panics
/// When `what` does not come.
#[expect(clippy::panic, reason = "a test that waits in vain has failed")]
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Looks until `look` finds something.
///
/// # Panics
/// When `what` does not come.
pub async fn eventually<T, Fut>(what: &str, mut look: impl FnMut() -> Fut) -> T
where
    Fut: Future<Output = Option<T>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    soon(what, looking).await
}

/// Waits for `count` deliveries and answers everything that came.
///
/// # Panics
/// When they do not come.
pub async fn arrivals(receiver: &Receiver, count: usize) -> Vec<Received> {
    soon("deliveries", receiver.until(|received| received.len() >= count)).await
}
