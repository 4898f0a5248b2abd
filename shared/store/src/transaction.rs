//! Writes: every one is conditional, and what belongs together commits together.
//!
//! A use case loads, decides and commits. When the commit is refused because somebody else was faster, it loads and
//! decides again; conflicts and throttles, which say nothing about the outcome, are retried here.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use domain::{Error, Result};

use crate::Store;
use crate::error::failed;
use crate::item::{Item, Record, key_item, number};
use crate::key::Key;
use crate::schema::Table;

/// Rounds of a transaction that meets conflicts or throttles.
pub(crate) const ROUNDS_MAX: u32 = 8;
/// Longest wait between two rounds, in milliseconds.
const WAIT_MAX_MS: f64 = 400.0;

/// How a commit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Commit {
    /// Everything is written.
    Done,
    /// Nothing is written: these legs' conditions failed, by their names.
    Refused(Vec<&'static str>),
}

impl Commit {
    /// Whether the leg `name` refused.
    #[must_use]
    pub fn refused_by(&self, name: &str) -> bool {
        matches!(self, Self::Refused(legs) if legs.contains(&name))
    }
}

enum Condition {
    Absent,
    Present,
    Version(u64),
    /// Absent, or expired by its own word.
    AbsentOrExpired(i64),
    AbsentOrBelow(u64),
}

struct Leg {
    name: &'static str,
    table: Table,
    key: Key,
    action: Action,
    condition: Condition,
}

enum Action {
    Put(Item),
    Delete,
    /// Only the condition counts.
    Check,
}

/// Writes to be committed together.
#[must_use]
pub struct Transaction<'a> {
    store: &'a Store,
    legs: Vec<Leg>,
    error: Option<Error>,
}

impl Store {
    /// Begins an empty transaction.
    pub const fn transaction(&self) -> Transaction<'_> {
        Transaction { store: self, legs: Vec::new(), error: None }
    }
}

#[expect(private_bounds, reason = "which types are records is the store's own matter")]
impl Transaction<'_> {
    /// Creates `record`, which must not exist.
    pub fn create(self, name: &'static str, record: &impl Record) -> Self {
        self.put(name, record, Condition::Absent)
    }

    /// Replaces the version of `record` just before it.
    pub fn replace(self, name: &'static str, record: &impl Record) -> Self {
        let before = record.version().saturating_sub(1);
        self.put(name, record, Condition::Version(before))
    }

    /// Creates `record` at its first version, or replaces the version just before it.
    pub(crate) fn begin(self, name: &'static str, record: &impl Record) -> Self {
        if record.version() == 1 { self.create(name, record) } else { self.replace(name, record) }
    }

    /// Creates `record`, or replaces any older version of it.
    pub(crate) fn advance(self, name: &'static str, record: &impl Record) -> Self {
        self.put(name, record, Condition::AbsentOrBelow(record.version()))
    }

    /// Creates `record`, or replaces what is not newer.
    pub(crate) fn restore(self, name: &'static str, record: &impl Record) -> Self {
        self.put(name, record, Condition::AbsentOrBelow(record.version() + 1))
    }

    /// Requires that `record` is still at this version.
    pub fn check<R: Record>(mut self, name: &'static str, record: &R) -> Self {
        let condition = Condition::Version(record.version());
        self.legs.push(Leg { name, table: R::TABLE, key: record.key(), action: Action::Check, condition });
        self
    }

    /// Deletes `record`, which must still be at this version, or exist if it has none.
    pub fn delete<R: Record>(mut self, name: &'static str, record: &R) -> Self {
        let condition = match record.version() {
            0 => Condition::Present,
            version => Condition::Version(version),
        };
        self.legs.push(Leg { name, table: R::TABLE, key: record.key(), action: Action::Delete, condition });
        self
    }

    /// Creates `record`, or replaces one that expired before `now_secs`.
    pub(crate) fn create_or_renew(self, name: &'static str, record: &impl Record, now_secs: i64) -> Self {
        self.put(name, record, Condition::AbsentOrExpired(now_secs))
    }

    fn put<R: Record>(mut self, name: &'static str, record: &R, condition: Condition) -> Self {
        match record.item() {
            Ok(item) => {
                let action = Action::Put(item);
                self.legs.push(Leg { name, table: R::TABLE, key: record.key(), action, condition });
            }
            Err(error) => self.error = Some(error),
        }
        self
    }

    /// Writes everything or nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when DynamoDB cannot be reached or stays busy; the writes may then have happened.
    pub async fn commit(self) -> Result<Commit> {
        if let Some(error) = self.error {
            return Err(error);
        }
        match self.legs.as_slice() {
            [] => Ok(Commit::Done),
            [only] => match &only.action {
                Action::Put(item) => self.store.put_one(only, item).await,
                Action::Delete | Action::Check => self.store.put_all(&self.legs).await,
            },
            legs => self.store.put_all(legs).await,
        }
    }
}

impl Store {
    /// A single write costs half of a transaction.
    async fn put_one(&self, leg: &Leg, item: &Item) -> Result<Commit> {
        let (expression, values) = leg.condition.expression();
        let put = self
            .client
            .put_item()
            .table_name(self.table(leg.table))
            .set_item(Some(item.clone()))
            .condition_expression(expression)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.capacity());
        for round in 0..ROUNDS_MAX {
            match put.clone().send().await {
                Ok(done) => {
                    self.count_about("PutItem", leg.name, true, done.consumed_capacity.as_slice());
                    return Ok(Commit::Done);
                }
                Err(error) => match error.as_service_error() {
                    // The SDK repeated a write whose answer was lost: what stands there is ours.
                    Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                        let is_done = refusal.item.as_ref() == Some(item);
                        return Ok(if is_done { Commit::Done } else { Commit::Refused(vec![leg.name]) });
                    }
                    _ if is_busy(error.code()) => {}
                    _ => return Err(failed("write", error)),
                },
            }
            wait(round).await;
        }
        Err(Error::Unavailable { what: "write", source: None })
    }

    async fn put_all(&self, legs: &[Leg]) -> Result<Commit> {
        let items = legs.iter().map(|leg| self.transact(leg)).collect::<Result<Vec<_>>>()?;
        let mut token = platform::clock::fresh_id();
        for round in 0..ROUNDS_MAX {
            let call = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .client_request_token(token.to_string())
                .set_return_consumed_capacity(self.capacity());
            match call.send().await {
                Ok(done) => {
                    let about = legs.iter().map(|leg| leg.name).collect::<Vec<_>>().join("+");
                    self.count_about("TransactWriteItems", &about, true, done.consumed_capacity());
                    return Ok(Commit::Done);
                }
                Err(error) => match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                        match verdict(legs, cancelled.cancellation_reasons()) {
                            Verdict::Refused(commit) => return Ok(commit),
                            Verdict::Busy => token = platform::clock::fresh_id(),
                            Verdict::Wrong => return Err(Error::internal("transaction", error)),
                        }
                    }
                    // An earlier try may have been applied and its answer lost: under its token this one finds out.
                    _ if is_busy(error.code()) => {}
                    _ => return Err(failed("transaction", error)),
                },
            }
            wait(round).await;
        }
        Err(Error::Unavailable { what: "transaction", source: None })
    }

    fn transact(&self, leg: &Leg) -> Result<TransactWriteItem> {
        let (expression, values) = leg.condition.expression();
        let table = self.table(leg.table);
        let built = match &leg.action {
            Action::Put(item) => Put::builder()
                .table_name(table)
                .set_item(Some(item.clone()))
                .condition_expression(expression)
                .set_expression_attribute_values(values)
                .build()
                .map(|put| TransactWriteItem::builder().put(put).build()),
            Action::Delete => Delete::builder()
                .table_name(table)
                .set_key(Some(key_item(&leg.key)))
                .condition_expression(expression)
                .set_expression_attribute_values(values)
                .build()
                .map(|delete| TransactWriteItem::builder().delete(delete).build()),
            Action::Check => ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(key_item(&leg.key)))
                .condition_expression(expression)
                .set_expression_attribute_values(values)
                .build()
                .map(|check| TransactWriteItem::builder().condition_check(check).build()),
        };
        built.map_err(|error| Error::internal("transaction", error))
    }
}

impl Condition {
    fn expression(&self) -> (&'static str, Option<Item>) {
        match self {
            Self::Absent => ("attribute_not_exists(pk)", None),
            Self::Present => ("attribute_exists(pk)", None),
            Self::Version(version) => {
                ("version = :expected", Some(Item::from([(":expected".to_owned(), number(version))])))
            }
            Self::AbsentOrBelow(version) => (
                "attribute_not_exists(pk) OR version < :below",
                Some(Item::from([(":below".to_owned(), number(version))])),
            ),
            Self::AbsentOrExpired(now_secs) => (
                "attribute_not_exists(pk) OR expires < :now",
                Some(Item::from([(":now".to_owned(), number(now_secs))])),
            ),
        }
    }
}

/// What a cancelled transaction's reasons come to.
enum Verdict {
    /// Conditions failed.
    Refused(Commit),
    /// It met another transaction or a throttle: the same one may go through in a moment.
    Busy,
    /// It never will: an item is too large, say.
    Wrong,
}

/// Reasons come in the order of the legs, and "no reason" is the text `None`.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors>
fn verdict(legs: &[Leg], reasons: &[CancellationReason]) -> Verdict {
    let is_failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    let failed: Vec<_> =
        legs.iter().zip(reasons).filter(|(_, reason)| is_failed(reason)).map(|(leg, _)| leg.name).collect();
    if !failed.is_empty() {
        return Verdict::Refused(Commit::Refused(failed));
    }
    let passes = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    let is_passing = |reason: &CancellationReason| reason.code().is_none_or(|code| passes.contains(&code));
    if reasons.iter().all(is_passing) { Verdict::Busy } else { Verdict::Wrong }
}

/// Whether the same call may go through in a moment.
pub(crate) fn is_busy(code: Option<&str>) -> bool {
    matches!(
        code,
        Some(
            "ThrottlingException"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "InternalServerError"
                | "TransactionConflictException"
                | "TransactionInProgressException"
        )
    )
}

/// Full jitter: the wait is a random share of a bound that doubles.
pub(crate) async fn wait(round: u32) {
    let bound = (10.0 * f64::from(2_u32.pow(round))).min(WAIT_MAX_MS);
    tokio::time::sleep(Duration::from_secs_f64(bound * platform::clock::fraction() / 1_000.0)).await;
}

/// Rounds of load, decide, commit before we give up.
pub(crate) const DECISIONS_MAX: u32 = 10;

/// Runs `attempt` (load, decide, commit) until it commits. It answers `None` when its commit was refused because
/// somebody else was faster: then everything is loaded and decided anew.
///
/// # Errors
/// What `attempt` fails with, or [`Error::Unavailable`] when it never gets through.
pub async fn until_committed<T, F, Fut>(mut attempt: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>>>,
{
    for round in 0..DECISIONS_MAX {
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
        wait(round.min(5)).await;
    }
    Err(Error::Unavailable { what: "commit", source: None })
}
