//! Writes the database's log (SQLite's WAL) back into its file beside the requests. Left to itself the connection that
//! serves them does it, every thousand pages, and whoever asks meanwhile waits for two fsyncs.
//!
//! <https://www.sqlite.org/wal.html#ckpt>: a passive checkpoint waits for nobody and holds up nobody.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// Pages pile up for this long: fewer, as a rule, than those after which the serving connection writes back itself
/// (`LIBSQLITE3_FLAGS` in `.cargo/config.toml`). Shorter, and pages that change often are written back more often.
const EVERY: Duration = Duration::from_millis(200);

/// Writes back what was logged at `path`, again and again until `stop`. Where the file cannot be opened once more it says
/// so, and requests wait now and then.
pub(crate) async fn keep_up(path: PathBuf, stop: CancellationToken) {
    let mut connection = match spawn_blocking(move || open(&path)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return tracing::warn!(%error, "the database's log is written back by requests"),
        Err(_) => return,
    };
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        connection = match spawn_blocking(move || written_back(connection)).await {
            Ok(connection) => connection,
            Err(_) => return,
        };
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // As the serving connection: an fsync per checkpoint.
    connection.execute_batch("PRAGMA synchronous = NORMAL;")?;
    Ok(connection)
}

fn written_back(connection: Connection) -> Connection {
    let done = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = done {
        tracing::debug!(%error, "the database's log is written back later");
    }
    connection
}
