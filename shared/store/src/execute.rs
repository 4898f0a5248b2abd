//! Sending PartiQL statements: `BatchExecuteStatement` takes 25 of them, each under its own condition and with its own
//! outcome, for the units of single writes (docs/adr/0024). A transaction would cost twice the units and fail as one;
//! `BatchWriteItem` knows no conditions.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    BatchStatementErrorCodeEnum as Code, BatchStatementRequest, BatchStatementResponse,
};
use domain::{Error, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use platform::telemetry::Chain;

use crate::Store;
use crate::error::failed;
use crate::item::Item;
use crate::transaction::{ROUNDS_MAX, is_busy, wait};

/// Statements of one call.
pub(crate) const STATEMENTS_MAX: usize = 25;
/// Calls of one [`Store::execute_all`] at the same time.
const CALLS_MAX: usize = 4;

/// How a statement ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is written.
    Done,
    /// The key of an insert is taken, or an update's condition does not hold: of this item, if there is one and the
    /// statement is [`telling`](crate::statement::telling).
    Refused(Option<Item>),
}

impl Store {
    /// Sends a `batch` of at most [`STATEMENTS_MAX`] statements, each about another row, until every one has an outcome
    /// or DynamoDB stays busy. `tell` hears of each as soon as it is known.
    pub(crate) async fn execute<T>(
        &self,
        about: &'static str,
        mut batch: Vec<(BatchStatementRequest, T)>,
        mut tell: impl FnMut(T, Result<Outcome>),
    ) {
        for round in 0..ROUNDS_MAX {
            let statements = batch.iter().map(|(statement, _)| statement.clone()).collect();
            let call = self
                .client
                .batch_execute_statement()
                .set_statements(Some(statements))
                .set_return_consumed_capacity(self.capacity());
            match call.send().await {
                Ok(done) => {
                    self.count_about("BatchExecuteStatement", about, true, done.consumed_capacity());
                    batch = settle(about, batch, done.responses.unwrap_or_default(), &mut tell);
                }
                Err(error) if is_busy(error.code()) => {}
                Err(error) => {
                    let error = failed("write", error);
                    tracing::error!(error = %Chain(&error), about, writes = batch.len(), "nothing was written");
                    break;
                }
            }
            if batch.is_empty() {
                return;
            }
            wait(round).await;
        }
        batch.into_iter().for_each(|(_, whose)| tell(whose, Err(unavailable())));
    }

    /// Sends all of `batch`, each statement about another row, in as many calls as it takes; answers what was refused.
    ///
    /// # Errors
    /// When DynamoDB fails; some of it may then be written.
    pub(crate) async fn execute_all<T>(
        &self,
        about: &'static str,
        batch: Vec<(BatchStatementRequest, T)>,
    ) -> Result<Vec<(T, Option<Item>)>> {
        let calls = parts(batch).into_iter().map(async |part| {
            let (mut refused, mut outcome) = (Vec::new(), Ok(()));
            self.execute(about, part, |whose, ended| match ended {
                Ok(Outcome::Done) => {}
                Ok(Outcome::Refused(item)) => refused.push((whose, item)),
                Err(error) => outcome = Err(error),
            })
            .await;
            outcome.map(|()| refused)
        });
        let refused: Vec<_> = stream::iter(calls).buffered(CALLS_MAX).try_collect().await?;
        Ok(refused.into_iter().flatten().collect())
    }
}

fn parts<T>(mut all: Vec<T>) -> Vec<Vec<T>> {
    let mut parts = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(all.len().min(STATEMENTS_MAX));
        parts.push(std::mem::replace(&mut all, rest));
    }
    parts
}

/// Tells every outcome; answers the statements that met a throttle or the like.
fn settle<T>(
    about: &'static str,
    batch: Vec<(BatchStatementRequest, T)>,
    responses: Vec<BatchStatementResponse>,
    tell: &mut impl FnMut(T, Result<Outcome>),
) -> Vec<(BatchStatementRequest, T)> {
    let mut responses = responses.into_iter();
    let mut busy = Vec::new();
    for (statement, whose) in batch {
        match responses.next().map(|response| response.error) {
            Some(None) => tell(whose, Ok(Outcome::Done)),
            Some(Some(error)) => match error.code {
                Some(Code::ConditionalCheckFailed | Code::DuplicateItem) => {
                    tell(whose, Ok(Outcome::Refused(error.item)));
                }
                Some(
                    Code::ProvisionedThroughputExceeded
                    | Code::ThrottlingError
                    | Code::RequestLimitExceeded
                    | Code::TransactionConflict
                    | Code::InternalServerError,
                ) => busy.push((statement, whose)),
                code => {
                    tracing::error!(?code, error = error.message, about, "a statement is wrong");
                    tell(whose, Err(Error::fault("write")));
                }
            },
            None => tell(whose, Err(unavailable())),
        }
    }
    busy
}

const fn unavailable() -> Error {
    Error::Unavailable { what: "write", source: None }
}
