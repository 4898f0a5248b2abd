//! How far the stream has been read, kept in the state folder so that a restart goes on from there.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::StartError;

/// The last sequence number that needs no more work.
///
/// It is written in place and without fsync: 21 digits reach the page cache in one write, so a killed process leaves
/// the old number or the new one. Losing it altogether would only replay the stream, and consumers expect that.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    file: File,
    sequence: Option<String>,
}

impl Checkpoint {
    /// Opens the file, or makes it: a stream that was never read starts at its oldest record.
    ///
    /// # Errors
    /// [`StartError::Damaged`] when it holds something else, [`StartError::Folder`] when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let (file, text) = read(path).map_err(|error| StartError::Folder {
            folder: path.parent().unwrap_or(path).to_owned(),
            reason: format!("{}: {error}", path.display()),
        })?;
        let text = text.trim();
        if text.len() > 40 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            let reason = "it holds no sequence number".to_owned();
            return Err(StartError::Damaged { file: path.to_owned(), reason });
        }
        let sequence = (!text.is_empty()).then(|| text.to_owned());
        Ok(Self { shared: Arc::new(Mutex::new(Shared { file, sequence })) })
    }

    /// The last sequence number that needs no more work; `None` before the first.
    #[must_use]
    pub fn sequence(&self) -> Option<String> {
        self.lock().sequence.clone()
    }

    /// Moves it on.
    ///
    /// # Errors
    /// When the file cannot be written: it stays where it was and the records come again after a restart.
    pub(crate) fn advance(&self, sequence: &str) -> std::io::Result<()> {
        let mut shared = self.lock();
        shared.sequence = Some(sequence.to_owned());
        shared.file.seek(SeekFrom::Start(0))?;
        shared.file.write_all(format!("{sequence}\n").as_bytes())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> std::io::Result<(File, String)> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((file, String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_process_goes_on_where_the_last_one_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stream-checkpoint");
        let first = Checkpoint::open(&path).unwrap();
        assert_eq!(first.sequence(), None);
        first.advance("100001766325383007000").unwrap();
        first.advance("100001766325383007001").unwrap();
        assert_eq!(Checkpoint::open(&path).unwrap().sequence().as_deref(), Some("100001766325383007001"));
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stream-checkpoint");
        std::fs::write(&path, "yesterday").unwrap();
        let error = Checkpoint::open(&path).unwrap_err().to_string();
        assert!(error.contains("stream-checkpoint is damaged"), "{error}");
    }
}
