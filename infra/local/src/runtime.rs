//! The threads that a stack's functions, gateway and pollers share.

use std::num::NonZero;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};

/// A runtime for [`Local`](crate::Local): a worker for each processor but one, which is DynamoDB's thread's. With as many
/// workers as processors they hand work to each other only to wait for DynamoDB, and it for a processor.
///
/// # Errors
/// When a thread cannot be made.
pub fn build() -> std::io::Result<Runtime> {
    let processors = available_parallelism().map_or(1, NonZero::get);
    Builder::new_multi_thread().worker_threads(workers(processors)).enable_all().build()
}

fn workers(processors: usize) -> usize {
    processors.saturating_sub(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::workers;

    #[test]
    fn one_processor_is_left_where_there_are_more() {
        assert_eq!([1, 2, 8].map(workers), [1, 1, 7]);
    }
}
