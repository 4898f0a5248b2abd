//! Keeps writes to a streamed table as cheap as the first one.
//!
//! dynoxide finds the next sequence number by scanning every stream record there is and never removes one: after
//! 30,000 records a file takes 212 writes a second instead of 4,000. Two indexes make both of its queries a lookup,
//! and what the poller has read is removed behind it. This reaches into the emulator's own schema; should a later
//! version name things otherwise, writes become slow again and nothing else.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, params};

/// dynoxide's public sequence numbers are its own plus this, so that they have DynamoDB's 21 digits.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;
/// How long DynamoDB keeps a stream record, in dynoxide's sequence numbers: microseconds since the epoch.
const RETENTION_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// Records kept though they were read, for people and tests that look at the stream.
const KEPT: u32 = 10_000;
/// Records removed at once: the emulator waits while they are.
const CHUNK: u32 = 200;

const INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS petstore_stream_by_table
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS petstore_stream_by_shard
        ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));";

const NEWEST_TO_REMOVE: &str = "
    SELECT CAST(sequence_number AS INTEGER) FROM _stream_records
    WHERE table_name = ?1 ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT 1 OFFSET ?2";

const REMOVE: &str = "
    DELETE FROM _stream_records WHERE id IN (
        SELECT id FROM _stream_records
        WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
        ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)";

/// A second connection to the emulator's file.
#[derive(Debug)]
pub struct StreamIndex {
    connection: Mutex<Connection>,
}

impl StreamIndex {
    /// Adds the indexes to the database at `path`. `None`, with a warning, where its schema is not as expected.
    #[must_use]
    pub fn add(path: &Path) -> Option<Self> {
        let added = Connection::open(path).and_then(|connection| {
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch("PRAGMA synchronous = NORMAL;")?;
            connection.execute_batch(INDEXES)?;
            Ok(Self { connection: Mutex::new(connection) })
        });
        added
            .inspect_err(|error| {
                tracing::warn!(%error, "the stream cannot be indexed: writes slow down as the stream grows");
            })
            .ok()
    }

    /// Removes one chunk of `table`'s records: those that `checkpoint` (a public sequence number) has passed, save
    /// the newest 10,000, and those over a day old, read or not, as DynamoDB does. Answers whether more are left.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn trim(&self, table: &str, checkpoint: Option<&str>, now_ms: i64) -> rusqlite::Result<bool> {
        let connection = self.lock();
        let read = checkpoint.and_then(stored).unwrap_or(0);
        let kept = connection.query_row(NEWEST_TO_REMOVE, params![table, KEPT], |row| row.get(0));
        let kept: i64 = match kept {
            Err(rusqlite::Error::QueryReturnedNoRows) => 0,
            other => other?,
        };
        let up_to = read.min(kept).max(now_ms.saturating_mul(1_000).saturating_sub(RETENTION_MICROS));
        let removed = connection.execute(REMOVE, params![table, up_to, CHUNK])?;
        Ok(removed >= CHUNK as usize)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in between leaves nothing half done: each statement is a transaction.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stored(public: &str) -> Option<i64> {
    i64::try_from(public.parse::<u128>().ok()?.checked_sub(PUBLIC_OFFSET)?).ok()
}

#[cfg(test)]
mod tests;
