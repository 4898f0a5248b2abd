//! DynamoDB: dynoxide on a SQLite file, spoken to over HTTP by the real SDK.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dynoxide::Database;
use hyper::service::service_fn;

use crate::accept;
use crate::dynamodb::engine::Engine;
use crate::emulator::EmulatorThread;
use crate::error::StartError;
use crate::write_back;

mod engine;
mod service;
mod tokens;
mod unreadable;

/// What has to outlive what.
#[derive(Clone, Copy)]
enum Durability {
    /// A write outlives the process, killed or not; a power cut may take the last ones back, never half of one.
    Kept,
    /// A write outlives nothing: for tables that are thrown away.
    Temporary,
}

/// A running DynamoDB emulator.
#[derive(Debug)]
pub struct DynamoDb {
    path: PathBuf,
    thread: EmulatorThread,
}

impl DynamoDb {
    /// Opens the database at `path`, or makes it, and serves it on a free port of loopback.
    ///
    /// # Errors
    /// [`StartError::Damaged`] when the file is no database of a version that dynoxide can read,
    /// [`StartError::Emulator`] when nothing can listen.
    pub async fn start(path: &Path) -> Result<Self, StartError> {
        Self::start_with(path, Durability::Kept).await
    }

    /// As [`Self::start`], for a file that is thrown away: nothing waits for the disk.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_temporary(path: &Path) -> Result<Self, StartError> {
        Self::start_with(path, Durability::Temporary).await
    }

    async fn start_with(path: &Path, durability: Durability) -> Result<Self, StartError> {
        let engine = Engine::open(path, durability)
            .map_err(|error| StartError::Damaged { file: path.to_owned(), reason: error.to_string() })?;
        let (engine, file) = (Arc::new(Mutex::new(engine)), path.to_owned());
        let thread = EmulatorThread::start("dynamodb", async move |listener, stop| {
            let writing_back = tokio::spawn(write_back::keep_up(file, stop.clone()));
            let service = service_fn(move |request| service::handle(engine.clone(), request));
            accept::serve(service, listener, stop).await;
            if writing_back.await.is_err() {
                tracing::warn!("the database's log was not written back to the end");
            }
        })
        .await
        .map_err(|error| StartError::emulator("DynamoDB", error))?;
        Ok(Self { path: path.to_owned(), thread })
    }

    /// The URL for `AWS_ENDPOINT_URL_DYNAMODB`; streams are served there too.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.thread.address())
    }

    /// The SQLite file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Ends requests and closes the file.
    pub async fn stop(self) {
        self.thread.stop().await;
    }
}

/// A second connection to the file at `path`, for what is done past the emulator. As the serving one, it waits for the
/// disk at a checkpoint only: dynoxide's own default is an fsync per write, and requests would wait for it.
///
/// # Errors
/// What dynoxide says.
pub(crate) fn beside(path: &Path) -> dynoxide::Result<Database> {
    let database = Database::new(&path.to_string_lossy())?;
    database.disable_bulk_loading()?;
    Ok(database)
}

#[cfg(test)]
mod tests;
