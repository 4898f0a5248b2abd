//! What DynamoDB does by itself and the emulator only when asked: expire items, forget old stream records.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;

use crate::checkpoint::Checkpoint;
use crate::dynamodb::beside;
use crate::function::{BoxError, TickFunction};
use crate::stream_index::StreamIndex;

/// The pause between two chunks of trimming, which is the writers' turn.
const PAUSE: Duration = Duration::from_millis(20);

/// Deletes items whose time to live is over, past the emulator that serves the file at `database`.
#[must_use]
pub fn expire_items(database: PathBuf) -> TickFunction {
    let database: Arc<Path> = database.into();
    Arc::new(move || {
        let database = database.clone();
        async move {
            // Opened anew each time: it remembers what tables there are.
            let sweep = move || beside(&database)?.sweep_ttl();
            let expired = tokio::task::spawn_blocking(sweep).await??;
            tracing::debug!(expired, "swept items whose time to live is over");
            Ok(())
        }
        .boxed()
    })
}

/// Removes stream records that every reader has read, or that are over a day old.
#[must_use]
pub fn trim_stream(index: StreamIndex, table: String, readers: Vec<Checkpoint>) -> TickFunction {
    let index = Arc::new(index);
    Arc::new(move || {
        let (index, table, readers) = (Arc::clone(&index), table.clone(), readers.clone());
        async move {
            while trim(Arc::clone(&index), table.clone(), slowest(&readers)).await? {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        }
        .boxed()
    })
}

/// Where the reader is that is furthest behind; `None` when one has not begun. All sequence numbers have 21 digits.
fn slowest(readers: &[Checkpoint]) -> Option<String> {
    readers.iter().map(Checkpoint::sequence).min().flatten()
}

async fn trim(index: Arc<StreamIndex>, table: String, sequence: Option<String>) -> Result<bool, BoxError> {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let trimming = move || index.trim(&table, sequence.as_deref(), i64::try_from(now_ms).unwrap_or(i64::MAX));
    Ok(tokio::task::spawn_blocking(trimming).await??)
}
