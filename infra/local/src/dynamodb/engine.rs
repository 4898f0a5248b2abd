//! dynoxide's operations on a connection of our own (docs/adr/0028).

use std::future::Future;
use std::path::Path;
use std::time::Instant;

use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::{DynoxideError, Result, actions};
use futures_util::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Durability;
use super::tokens::{Fingerprint, Tokens};
use super::unreadable::unreadable;

/// Statements that stay prepared, of those that dynoxide keeps at all; a connection starts with room for sixteen.
const STATEMENTS: usize = 512;

/// DynamoDB's operations, one at a time.
pub(super) struct Engine {
    storage: Storage,
    vectors: VectorIndexLifecycle,
    writes: Tokens,
    statements: Tokens,
}

impl Engine {
    /// Opens the database at `path`, or makes it.
    ///
    /// # Errors
    /// When the file is no database of a version that dynoxide can read.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Self> {
        let storage = Storage::new(&path.to_string_lossy())?;
        // dynoxide's own default is an fsync per write. What it offers beside are its settings for a bulk import,
        // without any fsync, and those for the time after one: WAL mode with an fsync per checkpoint.
        match durability {
            Durability::Kept => storage.disable_bulk_loading()?,
            Durability::Temporary => storage.enable_bulk_loading()?,
        }
        storage.conn().execute_batch("PRAGMA cache_size = -64000;")?;
        storage.conn().set_prepared_statement_cache_capacity(STATEMENTS);
        let (vectors, writes, statements) = <(VectorIndexLifecycle, Tokens, Tokens)>::default();
        Ok(Self { storage, vectors, writes, statements })
    }

    /// Undoes what an operation that panicked had begun.
    pub(super) fn recover(&mut self) {
        if self.storage.conn().is_autocommit() {
            return;
        }
        if let Err(error) = self.storage.rollback() {
            tracing::error!(%error, "a write that panicked cannot be undone");
        }
    }

    /// Begins a write and leaves it so.
    #[cfg(test)]
    pub(super) fn begin(&mut self) {
        self.storage.begin_transaction().unwrap();
    }

    /// Carries out the operation called `name` with the request `body`; the answer is JSON. `None` for a name that
    /// DynamoDB does not know.
    pub(super) fn answer(&mut self, name: &str, body: &[u8]) -> Option<Result<String>> {
        let Self { storage, vectors, writes, statements } = self;
        macro_rules! plain {
            ($operation:ident) => {
                read(body).and_then(|request| done(actions::$operation::execute(storage, request)))
            };
        }
        macro_rules! with_vectors {
            ($operation:ident) => {
                read(body).and_then(|request| done(actions::$operation::execute(storage, request, vectors)))
            };
        }
        macro_rules! once {
            ($operation:ident, $request:ident, $parts:ident, $tokens:ident) => {
                read(body).and_then(|request: actions::$operation::$request| {
                    let token = request.client_request_token.clone();
                    let print = token.as_ref().map(|_| Fingerprint::of(&request.$parts));
                    let execute = || done(actions::$operation::execute(storage, request));
                    $tokens.once(token.zip(print), Instant::now(), execute)
                })
            };
        }
        Some(match name {
            "GetItem" => plain!(get_item),
            "PutItem" => plain!(put_item),
            "UpdateItem" => plain!(update_item),
            "DeleteItem" => plain!(delete_item),
            "Query" => plain!(query),
            "Scan" => plain!(scan),
            "BatchGetItem" => plain!(batch_get_item),
            "BatchWriteItem" => plain!(batch_write_item),
            "TransactGetItems" => plain!(transact_get_items),
            "TransactWriteItems" => {
                once!(transact_write_items, TransactWriteItemsRequest, transact_items, writes)
            }
            "ExecuteStatement" => plain!(execute_statement),
            "BatchExecuteStatement" => plain!(batch_execute_statement),
            "ExecuteTransaction" => {
                once!(execute_transaction, ExecuteTransactionRequest, transact_statements, statements)
            }
            "ListStreams" => plain!(list_streams),
            "DescribeStream" => plain!(describe_stream),
            "GetShardIterator" => plain!(get_shard_iterator),
            "GetRecords" => plain!(get_records),
            "CreateTable" => plain!(create_table),
            "UpdateTable" => with_vectors!(update_table),
            "DeleteTable" => with_vectors!(delete_table),
            "DescribeTable" => with_vectors!(describe_table),
            "ListTables" => plain!(list_tables),
            "UpdateTimeToLive" => plain!(update_time_to_live),
            "DescribeTimeToLive" => plain!(describe_time_to_live),
            "TagResource" => plain!(tag_resource),
            "UntagResource" => plain!(untag_resource),
            "ListTagsOfResource" => plain!(list_tags_of_resource),
            "SearchVectors" => with_vectors!(search_vectors),
            _ => return None,
        })
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

/// SQLite answers at once: dynoxide's futures are asynchronous for its other storage only.
fn done<T: Serialize>(operation: impl Future<Output = Result<T>>) -> Result<String> {
    let unfinished = || DynoxideError::InternalServerError("the operation waits for something".to_owned());
    let answer = operation.now_or_never().ok_or_else(unfinished)??;
    serde_json::to_string(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
