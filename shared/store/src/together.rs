//! Deliveries' writes, gathered from whoever writes at the same moment into calls of many (docs/adr/0024).
//!
//! Whoever writes waits for its own outcome. The first write gathers those that come at the same moment, and their call
//! leaves; it waits for no other call, so that one that hangs holds up its own writes only. Who is known to be the only
//! one [at work](Store::at_work) waits for nobody.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::types::BatchStatementRequest;
use domain::{Error, Result};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::Store;
use crate::execute::{Outcome, STATEMENTS_MAX};
use crate::key::Key;
use crate::transaction::Commit;

/// Calls under way at once.
const CALLS_MAX: usize = 8;
/// How long what is not urgent waits for company.
const LINGER: Duration = Duration::from_millis(1);

/// The writes that wait. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Together(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    writes: VecDeque<Write>,
    /// Calls under way, the one that gathers included.
    calls: usize,
    gathers: bool,
    /// Who will write before long, as far as they said so.
    at_work: usize,
}

/// Says until dropped that its holder will write.
#[must_use]
pub struct AtWork(Together);

#[derive(Debug)]
struct Write {
    key: Key,
    statement: BatchStatementRequest,
    done: oneshot::Sender<Result<Commit>>,
}

/// The right to a call. However it ends, another may begin.
struct Call {
    together: Together,
    gathers: bool,
    is_over: bool,
}

impl Store {
    /// Says that the caller works on a delivery and will write it. Writes that are not urgent wait a moment for each other,
    /// but not where only one is at work.
    pub fn at_work(&self) -> AtWork {
        self.together.begin()
    }

    /// Writes what `statement` says to the delivery `key`, with whatever else is being written. Refused are a row that
    /// stands there already and a condition that does not hold.
    pub(crate) async fn write_together(
        &self,
        key: Key,
        statement: BatchStatementRequest,
        is_urgent: bool,
    ) -> Result<Commit> {
        let (done, outcome) = oneshot::channel();
        if let Some(call) = self.together.add(Write { key, statement, done }) {
            // In a task of its own: a writer that is dropped must not take the others' writes along.
            tokio::spawn(self.clone().gather(call, is_urgent || self.together.has_one_at_work()));
        }
        outcome.await.unwrap_or(Err(Error::Unavailable { what: "write deliveries", source: None }))
    }

    async fn gather(self, call: Call, is_urgent: bool) {
        match is_urgent {
            true => tokio::task::yield_now().await,
            false => tokio::time::sleep(LINGER).await,
        }
        self.send_waiting(call).await;
    }

    /// Sends what waits, in as many calls as it takes.
    fn send_waiting(self, mut call: Call) -> BoxFuture<'static, ()> {
        async move {
            while let Some((batch, more)) = call.take() {
                if let Some(more) = more {
                    tokio::spawn(self.clone().send_waiting(more));
                }
                self.send_together(batch).await;
            }
        }
        .boxed()
    }

    async fn send_together(&self, batch: Vec<Write>) {
        let batch = batch.into_iter().map(|write| (write.statement, write.done)).collect();
        self.execute("delivery", batch, end).await;
    }
}

fn end(done: oneshot::Sender<Result<Commit>>, outcome: Result<Outcome>) {
    let commit = outcome.map(|outcome| match outcome {
        Outcome::Done => Commit::Done,
        Outcome::Refused(_) => Commit::Refused(vec!["delivery"]),
    });
    if done.send(commit).is_err() {
        tracing::trace!("nobody waits for a write any more");
    }
}

impl Together {
    /// Takes `write` in; answers the right to a call where one has to gather.
    fn add(&self, write: Write) -> Option<Call> {
        let mut waiting = self.waiting();
        waiting.writes.push_back(write);
        let begins = !waiting.gathers && waiting.calls < CALLS_MAX;
        waiting.gathers |= begins;
        waiting.calls += usize::from(begins);
        begins.then(|| Call { together: self.clone(), gathers: true, is_over: false })
    }

    fn begin(&self) -> AtWork {
        self.waiting().at_work += 1;
        AtWork(self.clone())
    }

    fn has_one_at_work(&self) -> bool {
        self.waiting().at_work == 1
    }

    /// A panic elsewhere cannot leave the queue half changed, so a poisoned lock is as good as any.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// The next writes, each of another row, since one call takes no two of the same; and the right to a further call
    /// where that leaves some. `None` ends the call.
    fn take(&mut self) -> Option<(Vec<Write>, Option<Self>)> {
        let mut waiting = self.together.waiting();
        waiting.gathers &= !std::mem::take(&mut self.gathers);
        let batch = waiting.next();
        if batch.is_empty() {
            // Under the same lock: who adds a write from now on begins a call.
            waiting.calls -= 1;
            self.is_over = true;
            return None;
        }
        let has_more = !waiting.writes.is_empty() && waiting.calls < CALLS_MAX;
        waiting.calls += usize::from(has_more);
        let more = || Self { together: self.together.clone(), gathers: false, is_over: false };
        let more = has_more.then(more);
        Some((batch, more))
    }
}

impl Waiting {
    fn next(&mut self) -> Vec<Write> {
        let (mut batch, mut keys, mut later) = (Vec::new(), HashSet::new(), Vec::new());
        while batch.len() < STATEMENTS_MAX {
            match self.writes.pop_front() {
                Some(write) if keys.insert(write.key.clone()) => batch.push(write),
                Some(write) => later.push(write),
                None => break,
            }
        }
        later.into_iter().rev().for_each(|write| self.writes.push_front(write));
        batch
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.waiting().at_work -= 1;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut waiting = self.together.waiting();
        waiting.calls -= 1;
        waiting.gathers &= !self.gathers;
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::BatchStatementRequest;
    use proptest::prelude::*;
    use tokio::sync::oneshot;

    use super::{CALLS_MAX, Call, STATEMENTS_MAX, Together, Write};
    use crate::key::Key;

    fn write(row: usize) -> Write {
        let key = Key { pk: "T#shared".to_owned(), sk: row.to_string() };
        let statement = BatchStatementRequest::builder().statement("").build().unwrap();
        Write { key, statement, done: oneshot::channel().0 }
    }

    fn rows(batch: &[Write]) -> Vec<&str> {
        batch.iter().map(|write| write.key.sk.as_str()).collect()
    }

    #[test]
    fn what_comes_while_one_gathers_comes_along() {
        let together = Together::default();
        let mut first = together.add(write(1)).unwrap();
        assert!(together.add(write(2)).is_none());
        assert_eq!(rows(&first.take().unwrap().0), ["1", "2"]);
        let mut second = together.add(write(3)).unwrap();
        assert_eq!(rows(&second.take().unwrap().0), ["3"]);
        assert!(first.take().is_none() && second.take().is_none());
    }

    #[test]
    fn a_call_writes_a_row_once() {
        let together = Together::default();
        let mut call = together.add(write(1)).unwrap();
        assert!(together.add(write(1)).is_none() && together.add(write(2)).is_none());
        let (batch, more) = call.take().unwrap();
        assert_eq!(rows(&batch), ["1", "2"]);
        assert_eq!(rows(&more.unwrap().take().unwrap().0), ["1"]);
    }

    #[test]
    fn a_call_that_panics_leaves_room_for_another() {
        let together = Together::default();
        drop(together.add(write(1)).unwrap());
        let mut call = together.add(write(2)).unwrap();
        assert_eq!(rows(&call.take().unwrap().0), ["1", "2"]);
    }

    #[test]
    fn one_is_at_work_until_it_is_not() {
        let together = Together::default();
        assert!(!together.has_one_at_work(), "nobody said so");
        let first = together.begin();
        assert!(together.has_one_at_work());
        let second = together.begin();
        assert!(!together.has_one_at_work());
        drop(first);
        assert!(together.has_one_at_work());
        drop(second);
        assert!(!together.has_one_at_work());
    }

    proptest! {
        /// Whatever the order of writes and calls, no more than so many calls run, and no write is left when all of
        /// them have ended.
        #[test]
        fn nothing_is_left_behind(steps in prop::collection::vec(any::<prop::sample::Index>(), 0..400)) {
            let together = Together::default();
            let (mut calls, mut added, mut sent): (Vec<Call>, _, _) = (Vec::new(), 0, 0);
            let mut take = |calls: &mut Vec<Call>, at: usize| {
                let mut call = calls.swap_remove(at);
                if let Some((batch, more)) = call.take() {
                    assert!((1..=STATEMENTS_MAX).contains(&batch.len()));
                    sent += batch.len();
                    calls.push(call);
                    calls.extend(more);
                }
            };
            for step in &steps {
                if step.index(4) > 0 {
                    calls.extend(together.add(write(added)));
                    added += 1;
                } else if !calls.is_empty() {
                    let at = step.index(calls.len());
                    take(&mut calls, at);
                }
                prop_assert!(calls.len() <= CALLS_MAX);
            }
            while !calls.is_empty() {
                take(&mut calls, 0);
            }
            prop_assert_eq!(sent, added);
        }
    }
}
